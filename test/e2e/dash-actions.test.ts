// Promise: what the keys of the dashboard ask for is done to real apps under load, is seen through to its end, and drops nothing.
import { describe, expect, test } from 'vitest';
import { openDash, isLive } from '../helpers/dash.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const LONG = 30_000;

async function threeApps(): Promise<{ box: Sandbox; port: number; api: string }> {
  const box = sandbox();
  const api = box.copyFixture('http.js', 'api');
  const port = await freePort();
  box.setVersion(api, 1);
  await box.ok(['start', api, '--name', 'api', '-i', '4'], { env: { PORT: String(port) } });
  await box.ok(['start', box.copyFixture('http.js', 'web'), '--name', 'web'], {
    env: { PORT: String(await freePort()) },
  });
  await box.ok(['start', box.copyFixture('background.js', 'job'), '--name', 'job', '--listen-timeout', '1000']);
  return { box, port, api };
}

describe('with three apps under load', () => {
  test('r: the rollout from its first slot to its receipt, 0 failed; the daemon dies in the middle of the next one', async () => {
    const { box, port, api } = await threeApps();
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
    await traffic.more(100);
    const terminal = openDash(box);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);

    box.setVersion(api, 2);
    const before = terminal.raw().length;
    terminal.press('r');
    await terminal.waitForText(/api › rollout +reload +g1 → g2/, LONG);
    await terminal.waitForText(/done in \d/, LONG);
    const shown = terminal.raw().slice(before);
    expect(shown).toMatch(/[0-3] of 4 replaced/);
    expect(shown).toMatch(/[█▒]+.* \d+%/);
    // Old and new worker of each slot side by side, with their pids.
    const apps = await box.list();
    for (const { slot, pid } of apps[0]!.workers)
      await terminal.waitForText(new RegExp(String.raw`^[> ] +${slot} .*● online +${pid}`, 'm'), LONG);
    await terminal.waitForText(/0 (connections )?cut/);
    await traffic.more(100);

    // The daemon dies while a rollout runs: that is said, it comes back by itself, and the rollout is seen to its end.
    box.setVersion(api, 3);
    const alive = terminal.raw().length;
    terminal.press('Escape');
    await terminal.waitForText('> api');
    terminal.press('r');
    await terminal.waitForText(/reload +g2 → g3/, LONG);
    killHard((await box.daemonPid())!);
    await until(() => terminal.raw().slice(alive).includes('NO DAEMON'), { within: LONG, message: 'it is said' });
    await terminal.waitForScreen(isLive, 'a live dashboard again', LONG);
    await terminal.waitForText(/g2 → g3/, LONG);
    await terminal.waitForText(/done in \d/, LONG);
    await traffic.more(100);

    terminal.press('q', 'q');
    await terminal.waitForText('left with 0', LONG);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
    expect(report.byVersion.size).toBe(3);
  });

  test('restart, stop, start, scale and delete ask first, and are done; Enter and n do nothing', async () => {
    const { box } = await threeApps();
    const terminal = openDash(box);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    const app = async (name: string) => (await box.list()).find((one) => one.name === name);
    const pidsOf = async (name: string) => (await app(name))?.workers.map(({ pid }) => pid).join();

    const pids = await pidsOf('api');
    terminal.press('R');
    await terminal.waitForText('Restart api?');
    terminal.press('Enter', 'n');
    await terminal.waitForScreen((lines) => !lines.join('\n').includes('Restart api?'), 'no question');
    expect(await pidsOf('api')).toBe(pids);
    terminal.press('R');
    await terminal.waitForText('Restart api?');
    terminal.press('y');
    await terminal.waitForText(/api › rollout +restart/, LONG);
    await terminal.waitForText(/done in \d/, LONG);
    expect(await pidsOf('api')).not.toBe(pids);
    terminal.press('q');

    await terminal.waitForText('> api');
    terminal.press('+');
    await terminal.waitForText('One worker of api more?');
    terminal.press('y');
    await terminal.waitForText(/> api +.*5\/5/, LONG);
    terminal.press('-');
    await terminal.waitForText('One worker of api less?');
    terminal.press('y');
    await terminal.waitForText(/> api +.*4\/4/, LONG);

    terminal.press('S');
    await terminal.waitForText('Stop api?');
    terminal.press('y');
    await terminal.waitForText(/> api +○ stopped/, LONG);
    terminal.press('S');
    await terminal.waitForText('Start api?');
    terminal.press('y');
    await terminal.waitForText(/> api +● online +4\/4/, LONG);

    terminal.press('j', 'j');
    await terminal.waitForText('> job');
    terminal.press('D');
    await terminal.waitForText('Type job to confirm:');
    terminal.press('j', 'o', 'b', 'Enter');
    await terminal.waitForScreen((lines) => !/^[> ] job/m.test(lines.join('\n')), 'no job', LONG);
    expect(await app('job')).toBeUndefined();
    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);
  });

  test('pause, resume and abort a rollout; every change by a command line, too', async () => {
    const { box, port } = await threeApps();
    const slow = box.copyFixture('slow-start.js', 'slow');
    await box.ok(['start', slow, '--name', 'slow', '-i', '3'], { env: { PORT: String(await freePort()) } });
    const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 1 });
    const terminal = openDash(box);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    terminal.press('G');
    await terminal.waitForText('> slow');
    terminal.press('r');
    await terminal.waitForText(/slow › rollout/, LONG);
    await terminal.waitForText(/[01] of 3 replaced/, LONG);
    terminal.press('P');
    await terminal.waitForText('Pause the rollout of slow?');
    terminal.press('y');
    await terminal.waitForText(/PAUSED/, LONG);
    await terminal.waitForText(/paused by .*\(zdm dash\)/, LONG);
    terminal.press('P');
    await terminal.waitForText('Go on with the rollout of slow?');
    terminal.press('y');
    await terminal.waitForText(/resumed by/, LONG);
    terminal.press('A');
    await terminal.waitForText('Abort the rollout of slow?');
    terminal.press('y');
    await terminal.waitForText(/aborted by .*\(zdm dash\)/, LONG);
    terminal.press(':');
    await terminal.waitForText(/^ :/m);
    terminal.press('reload api');
    await terminal.waitForText(' :reload api');
    terminal.press('Enter');
    await terminal.waitForText(/api › rollout +reload/, LONG);
    await terminal.waitForText(/done in \d/, LONG);
    terminal.press('Ctrl-C');
    await terminal.waitForText('left with 0', LONG);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  });
});

describe('every screen', () => {
  test('is reached by its key, tells of real apps, and at every size fills the terminal', async () => {
    const { box } = await threeApps();
    await box.ok(['reload', 'api']);
    const terminal = openDash(box);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    const screens: readonly [keys: readonly string[], sign: RegExp][] = [
      [['Enter'], /api +● online +4\/4/],
      [['v'], /api › rollout/],
      [['l'], /api › logs/],
      [['e'], /api › events[^]*reload g1 → g2 done/],
      [['d'], /api › describe[^]*script +.*http\.js/],
      [['?'], /help +keys of: describe/],
    ];
    for (const [keys, sign] of screens) {
      terminal.press(...keys);
      await terminal.waitForText(sign, LONG);
      for (const [columns, rows] of [
        [60, 15],
        [40, 8],
        [30, 5],
        [200, 50],
        [100, 30],
      ] as const) {
        terminal.resize(columns, rows);
        await terminal.waitForScreen((lines) => lines.every((line) => line.length <= columns), `${columns}x${rows}`);
      }
      await terminal.waitForText(sign, LONG);
    }
    // And back the way we came.
    for (const [, sign] of screens.slice(0, -1).toReversed()) {
      terminal.press('Escape');
      await terminal.waitForText(sign, LONG);
    }
    terminal.press('Escape');
    await terminal.waitForText('> api');
    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);
  });

  test('zdm dash api opens on that app; a name that is not there is said before the screen changes', async () => {
    const { box } = await threeApps();
    const terminal = openDash(box, 100, 30, {}, ['api']);
    await terminal.waitForText(/api +● online +4\/4/, LONG);
    terminal.press('q');
    await terminal.waitForText('> api');
    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);

    const wrong = openDash(box, 100, 30, {}, ['apo']);
    await wrong.waitForText('left with 1', LONG);
    expect(wrong.text()).toContain('There is no app "apo"');
    expect(wrong.text()).toContain('Did you mean "api"?');
    expect(wrong.raw()).not.toContain('\u001B[?1049h');
  });

  test('--read-only changes nothing', async () => {
    const { box } = await threeApps();
    const terminal = openDash(box, 100, 30, {}, ['--read-only']);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    await terminal.waitForText('read only');
    const before = (await box.list()).map(({ workers }) => workers.map(({ pid }) => pid));
    terminal.press('r', 'R', 'S', 'D', '+');
    terminal.press(':');
    await terminal.waitForText(/^ :/m);
    terminal.press('stop api');
    await terminal.waitForText(' :stop api');
    terminal.press('Enter');
    await terminal.waitForText('this dashboard is read-only', LONG);
    expect((await box.list()).map(({ workers }) => workers.map(({ pid }) => pid))).toEqual(before);
    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);
  });
});

// Promise: after a reboot runs what was meant to run before. What `zdm startup` writes is run here as a service manager would.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, askFixture } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { spawnLive, type LiveProcess } from '../helpers/run.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

/** Starts what the unit of `zdm startup --print` starts, with exactly its environment. */
async function bootOf(box: Sandbox): Promise<() => LiveProcess> {
  const text = await box.ok(['startup', 'systemd', '--print']);
  const line = (key: string): string[] => {
    const value = new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
    return [...value.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
  };
  const [node = '', script = ''] = line('ExecStart');
  expect(realpathSync(node)).toBe(realpathSync(process.execPath));
  const env = Object.fromEntries(line('Environment').map((pair) => pair.split(/=(.*)/s, 2)));
  return () => spawnLive(script, [], { cwd: '/', env });
}

const intents = (box: Sandbox): Record<string, boolean> => {
  const { apps } = JSON.parse(readFileSync(path.join(box.home, 'apps.json'), 'utf8')) as {
    apps: { up: boolean; spec: { name: string } }[];
  };
  return Object.fromEntries(apps.map(({ up, spec }) => [spec.name, up]));
};

/** Says in a file that it was asked, and answers a moment later. */
const SLOW = `const fs = require('node:fs');
require('node:http').createServer((request, response) => {
  fs.writeFileSync('asked', '');
  setTimeout(() => response.end('whole'), 300);
}).listen(process.env.PORT);`;

describe.skipIf(process.platform !== 'linux')('the unit', () => {
  test('is what systemd understands, for a home with spaces, and writes nothing', async () => {
    const box = sandbox();
    const home = path.join(box.work, 'a home');
    const text = await box.ok(['startup', 'systemd', '--print'], { env: { ZDM_HOME: home } });
    expect(text).toContain(`"ZDM_HOME=${home}"`);
    expect(existsSync(home)).toBe(false);
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) return;
    const file = box.writeFile('zdm.service', text);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('stopped, it stops the apps in order; started, what ran runs again, and what was stopped does not', async () => {
    const box = sandbox();
    const [port, quick, other] = [await freePort(), await freePort(), await freePort()];
    const boot = await bootOf(box);
    const service = boot();
    await service.waitFor('"serving"');
    await box.ok(['start', box.writeApp(SLOW), '-n', 'api', '-i', '2'], { env: { PORT: `${port}` } });
    await box.ok(['start', box.copyFixture('http.js', 'quick'), '-n', 'quick'], { env: { PORT: `${quick}` } });
    await box.ok(['start', box.copyFixture('http.js', 'off'), '-n', 'off'], { env: { PORT: `${other}` } });
    await box.ok(['stop', 'off']);
    expect(await box.daemonPid()).toBe(service.pid);

    // The quick one has ended long before: nothing must take it for lost.
    const slow = ask(port);
    await until(() => existsSync(path.join(box.work, 'asked')), { message: 'a request is under way' });
    service.kill('SIGTERM');
    expect(await slow).toMatchObject({ status: 200, text: 'whole' });
    expect(await service.ended()).toMatchObject({ code: 0 });
    expect(box.processes()).toEqual([]);
    expect(intents(box)).toEqual({ api: true, quick: true, off: false });

    boot();
    for (const one of [port, quick]) await until(() => accepts(one), { message: 'the app is back' });
    await until(async () => (await box.app('api')).up === 2, { message: 'both workers are back' });
    expect(await box.app('off')).toMatchObject({ state: 'stopped', masterPid: null });
  });

  test('killed, it leaves the apps alone; it takes over from a daemon that a command started meanwhile', async () => {
    const box = sandbox();
    const port = await freePort();
    const boot = await bootOf(box);
    const first = boot();
    await first.waitFor('"serving"');
    await box.ok(['start', box.copyFixture('http.js'), '-n', 'api'], { env: { PORT: `${port}` } });
    const { pid } = await askFixture(port);
    killHard(first.pid);
    await first.ended();
    await box.ok(['list']);
    const between = await box.daemonPid();
    const second = boot();
    await second.waitFor('"adopted"');
    expect(await box.daemonPid()).toBe(second.pid);
    expect(box.processes().map((one) => one.pid)).not.toContain(between);
    expect((await askFixture(port)).pid).toBe(pid);
    // Another one does not fight it: it ends with 0, and is not started again.
    expect(await boot().ended()).toMatchObject({ code: 0 });
    // Ended on purpose is no failure, so nobody starts it again; replaced (zdm update) is one.
    await box.ok(['kill']);
    expect(await second.ended()).toMatchObject({ code: 0 });
    expect(intents(box)).toEqual({ api: false });
    const third = boot();
    await third.waitFor('"serving"');
    await box.ok(['update', '--force']);
    expect(await third.ended()).toMatchObject({ code: 1 });
  });

  test('without it, the signal ends only the daemon', async () => {
    const box = sandbox();
    const port = await freePort();
    await box.ok(['start', box.copyFixture('http.js'), '-n', 'api'], { env: { PORT: `${port}` } });
    const daemon = (await box.daemonPid())!;
    const { pid } = await askFixture(port);
    process.kill(daemon, 'SIGTERM');
    await until(() => box.processes().every((one) => one.pid !== daemon), { message: 'the daemon has ended' });
    expect((await askFixture(port)).pid).toBe(pid);
  });
});

test('wrong words, and a service manager that is not there', async () => {
  const box = sandbox();
  const cases: [string[], number, RegExp][] = [
    [['startup', 'upstart'], 2, /^zdm: "upstart" is not a service manager .*\nThere is: systemd, launchd\n$/],
    [['startup', '--user', 'no such user'], 2, /^zdm: There is no user "no such user" here\.\n/],
    [['unstartup', 'upstart'], 2, /is not a service manager/],
  ];
  if (process.platform === 'linux') cases.push([['startup', 'launchd'], 1, /^zdm: launchd is of macOS\.\n/]);
  if (process.platform === 'linux' && !existsSync('/run/systemd/system'))
    cases.push([['startup'], 1, /^zdm: systemd does not run here.*\nIn one, run the apps in the foreground: zdm run/]);
  for (const [args, code, says] of cases) {
    const result = await box.zdm(args);
    expect(result, result.text).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(says);
  }
  expect(existsSync(box.home)).toBe(false);
});

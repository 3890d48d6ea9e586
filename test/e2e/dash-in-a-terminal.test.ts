// Promise: the dashboard tells the truth about real apps, in a real terminal, and leaves it as it found it.
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isLive, openDash } from '../helpers/dash.ts';
import { freePort } from '../helpers/ports.ts';
import { childrenOf, killHard } from '../helpers/processes.ts';
import { openTerminal, type TerminalSession } from '../helpers/pty.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const LONG = 30_000;

/** The screen without what changes by itself: figures, and what the last key did. */
const shapeOf = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .replaceAll(/[\d.]+[smhdKMG%]?|(?<= )-(?= )/g, '#')
      .replace(/^ Started: .*zdm reload api/, '')
      .replaceAll(/ +/g, ' ')
      .trim(),
  );

const dashIn = (terminal: TerminalSession): number => childrenOf(terminal.pid)[0]!;

describe('with three apps', () => {
  test('figures and keys under load, the death of the daemon, sizes', async () => {
    const box = sandbox();
    const api = box.copyFixture('http.js', 'api');
    const web = box.copyFixture('http.js', 'web');
    const job = box.copyFixture('background.js', 'job');
    const port = await freePort();
    box.setVersion(api, 1);
    await box.ok(['start', api, '--name', 'api', '-i', '4'], { env: { PORT: String(port) } });
    await box.ok(['start', web, '--name', 'web'], { env: { PORT: String(await freePort()) } });
    await box.ok(['start', job, '--name', 'job', '--listen-timeout', '1000']);
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
    await traffic.more(100);
    const terminal = openDash(box);

    // Every app with how many are ready, every worker with its pid, CPU, memory, uptime and connections.
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    for (const { name, workers, up } of await box.list()) {
      const figures = String.raw`● online +${up}/${up} +g1 +\d+% +\d+M +0 +\d+\w+`;
      await terminal.waitForText(new RegExp(`^[> ] ${name} +${figures}`, 'm'), LONG);
      for (const { slot, pid } of workers) {
        const row = String.raw`^  [├└] ${slot} pid ${pid} +● online +g1 +\d+% +\d+M +\d+\w+ +\d+ conn`;
        await terminal.waitForText(new RegExp(row, 'm'), LONG);
      }
    }
    await terminal.waitForText(/^ {2}├ 0 pid .* [1-9]\d* conns?/m, LONG);
    // The minute before it was opened is there, and the machine.
    await terminal.waitForText(/> api .*[▁▂▃▄▅▆▇█]{3,}/, LONG);
    expect(terminal.text()).toMatch(/workers 6\/6 {2}cpu \d+\.\d\/\d+ cores {2}mem \S+\/\d+G/);

    // j and k move; a line is marked by a sign, not by colour alone.
    expect(terminal.text()).toContain('> api');
    terminal.press('j');
    await terminal.waitForText('> web');
    terminal.press('jk');
    await terminal.waitForText('> web');
    terminal.press('k');
    await terminal.waitForText('> api');

    // The daemon dies: that is said, and it is brought back by itself. The apps did not notice.
    const [daemon, apps] = await Promise.all([box.daemonPid(), box.list()]);
    const alive = terminal.raw().length;
    killHard(daemon!);
    await until(() => terminal.raw().slice(alive).includes('NO DAEMON'), { within: LONG, message: 'it is said' });
    expect(terminal.raw().slice(alive)).toContain('The daemon does not answer. Apps keep running.');
    await terminal.waitForScreen(isLive, 'a live dashboard again', LONG);
    expect(await box.daemonPid()).not.toBe(daemon);
    for (const { pid } of apps.flatMap(({ workers }) => workers)) expect(terminal.text()).toContain(`pid ${pid} `);
    await box.ok(['scale', 'web', '2']);
    await terminal.waitForText(/ web +● online +2\/2/, LONG);

    for (const [columns, rows] of [
      [120, 40],
      [80, 24],
      [60, 15],
      [40, 8],
      [100, 30],
    ] as const) {
      terminal.resize(columns, rows);
      // A frame is written from top to bottom: with its last row it is complete.
      const ends = (lines: string[]): boolean =>
        rows > 10 ? /^ enter open .* q quit$/.test(lines.at(-1) ?? '') : lines.some((line) => line.startsWith('  job'));
      const whole = (lines: string[]): boolean => isLive(lines) && lines[0]!.length === columns && ends(lines);
      const screen = await terminal.waitForScreen(whole, `the dashboard at ${columns}x${rows}`, LONG);
      expect(screen.filter((row) => row.startsWith('> api'))).toHaveLength(1);
      expect(screen.filter((row) => / READY/.test(row))).toHaveLength(1);
      // Drawn again from nothing it is the same picture: nothing of the old size was left.
      const cleared = terminal.raw().length;
      terminal.press('Ctrl-L');
      await until(() => terminal.raw().slice(cleared).includes('\u001B[2J'), { message: 'a repaint' });
      const same = (lines: string[]): boolean => isDeepStrictEqual(shapeOf(lines), shapeOf(screen));
      await terminal.waitForScreen(same, `the same as before, which was\n${screen.join('\n')}\n`);
    }

    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  });
});

describe('without a daemon', () => {
  test('zdm kill is respected: the dashboard says so, starts none, and lives again with the next one', async () => {
    const box = sandbox();
    const script = box.copyFixture('http.js', 'api');
    const env = { PORT: String(await freePort()) };
    await box.ok(['start', script, '--name', 'api'], { env });
    const terminal = openDash(box);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    await box.ok(['kill']);
    await terminal.waitForText('No daemon runs here. Start an app: zdm start app.js', LONG);
    await terminal.waitForText(/Trying again .*\(try [3-9]\)\. Figures below are from \d\d:/, LONG);
    expect(box.processes().filter(({ command }) => !/cli\.cjs dash/.test(command))).toEqual([]);
    terminal.press('r');
    await terminal.waitForText('No reload: the daemon does not answer.');

    await box.ok(['start', script, '--name', 'api'], { env });
    await terminal.waitForScreen(isLive, 'a live dashboard again', LONG);
    await terminal.waitForText(/> api +● online +1\/1/, LONG);
    expect(terminal.text()).not.toContain('No daemon runs here');
  });
});

describe('the terminal afterwards', () => {
  test('is as it was before, on every way out', async () => {
    const box = sandbox();
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const crash = box.writeApp("process.once('SIGUSR2', () => { throw new Error('a bug'); });", 'crash.cjs');
    const signal = (name: NodeJS.Signals) => (terminal: TerminalSession) => process.kill(dashIn(terminal), name);
    const ways: readonly [name: string, leave: (terminal: TerminalSession) => void, code: number][] = [
      ['q', (terminal) => terminal.press('q'), 0],
      ['Ctrl-C', (terminal) => terminal.press('Ctrl-C'), 0],
      ['SIGTERM', signal('SIGTERM'), 143],
      ['SIGHUP', signal('SIGHUP'), 129],
      ['an exception', signal('SIGUSR2'), 1],
    ];
    for (const [name, leave, code] of ways) {
      const terminal = openDash(box, 80, 24, { NODE_OPTIONS: `--require ${crash}` });
      await terminal.waitForScreen(isLive, `a live dashboard (${name})`, LONG);
      expect(terminal.buffer()).toBe('alternate');
      expect(terminal.modes()).toMatchObject({ cursorHidden: true, wrapOff: true });
      expect(terminal.text()).not.toContain('earlier text');
      leave(terminal);
      await terminal.waitForText(/left with \d+/, LONG);
      expect(terminal.text(), name).toContain(`left with ${code}`);
      expect(terminal.buffer(), name).toBe('normal');
      expect(terminal.modes(), name).toEqual({
        cursorHidden: false,
        wrapOff: false,
        alternateScreen: false,
        bracketedPaste: false,
        mouse: false,
      });
      expect(terminal.screen()[0], name).toBe('earlier text');
      // Lines, echo and Ctrl-C are the shell's again.
      await terminal.waitForText(/ icanon/);
      expect(terminal.text(), name).toMatch(/(?<!-)isig icanon [^]* echo /);
      if (name === 'an exception') expect(terminal.text()).toContain('Error: a bug');
      terminal.press('Enter');
      await terminal.exited();
    }
  });

  test('has what was printed past the dashboard, whose screen was never touched by it', async () => {
    const box = sandbox();
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const noise = box.writeApp(
      `setInterval(() => { console.log('NOISE log'); console.error('NOISE error'); process.emitWarning('NOISE warning'); }, 10).unref();`,
      'noise.cjs',
    );
    const terminal = openDash(box, 80, 24, { NODE_OPTIONS: `--require ${noise}` });
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    const inside = terminal.raw().indexOf('\u001B[?1049h');
    terminal.press('?');
    await terminal.waitForText('zdm › help');
    terminal.press('Escape');
    await terminal.waitForText('> job');
    await terminal.waitForText(/> job .* \d{1,2}s *$/m);
    expect(terminal.raw().slice(inside)).not.toContain('NOISE');
    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);
    const after = terminal.raw().slice(terminal.raw().indexOf('\u001B[?1049l'));
    for (const text of ['NOISE log', 'NOISE error', 'Warning: NOISE warning']) expect(after).toContain(text);
  });
});

describe('without a terminal', () => {
  test('it is the list, with a hint', async () => {
    const box = sandbox();
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const { code, stdout, stderr } = await box.zdm(['dash']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/job +cluster +\S online +1\/1/);
    expect(stderr).toBe('The dashboard needs a terminal; lines are for others: zdm dash --plain. This is zdm list:\n');

    const half = openTerminal('/bin/sh', ['-c', '"$@" < /dev/null', 'sh', process.execPath, box.cli, 'dash'], {
      env: box.env,
    });
    expect(await half.exited(LONG)).toMatchObject({ code: 0 });
    expect(half.text()).toMatch(/job +cluster +\S online +1\/1/);
    expect(half.raw()).not.toContain('\u001B[?1049h');
  });
});

// Promise: the dashboard is a good guest of a shell: it can be stopped and continued, and others get the terminal as they know it.
import { beforeEach, describe, expect, test } from 'vitest';
import { childrenOf } from '../helpers/processes.ts';
import { openTerminal, type TerminalSession } from '../helpers/pty.ts';
import { type Sandbox, sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

const LONG = 30_000;
const ENTERED = '\u001B[?1049h';
const LEFT = '\u001B[?1049l';
const CLEAN = { cursorHidden: false, wrapOff: false, alternateScreen: false, bracketedPaste: false, mouse: false };

const isLive = ([first = '']: string[]): boolean => /^zdm .* live( \d+s)?$/.test(first);
const isOverview = (lines: string[]): boolean => isLive(lines) && lines.at(-1)?.endsWith(' q quit') === true;
const commandOf = (box: Sandbox): string => `${process.execPath} ${box.cli} dash`;

let box: Sandbox;

beforeEach(async () => {
  box = sandbox();
  await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
});

/** A shell with job control, which tells at once what becomes of a job. */
async function openShell(env: Record<string, string> = {}): Promise<TerminalSession> {
  const terminal = openTerminal('bash', ['--noprofile', '--norc', '--noediting', '-i'], {
    columns: 100,
    rows: 30,
    cwd: box.work,
    env: { ...box.env, LC_ALL: 'C.UTF-8', PS1: 'prompt> ', ...env },
  });
  await terminal.waitForText('prompt> ');
  terminal.press('set -b', 'Enter');
  return terminal;
}

async function openDashIn(terminal: TerminalSession): Promise<number> {
  terminal.press(commandOf(box), 'Enter');
  await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
  return dashIn(terminal);
}

const dashIn = (terminal: TerminalSession): number => childrenOf(terminal.pid)[0]!;

/** By `stop` the shell gets the terminal again, as it was; what the terminal got since then. */
async function expectShell(terminal: TerminalSession, stop: () => void): Promise<string> {
  const before = terminal.raw().length;
  const since = (): string => terminal.raw().slice(before);
  const seen = (pattern: RegExp): Promise<true> =>
    until(() => pattern.test(since()), { within: LONG, message: () => `${pattern} in ${since()}` });
  stop();
  await seen(/Stopped.* dash/);
  expect(terminal.buffer()).toBe('normal');
  expect(terminal.modes()).toEqual(CLEAN);
  terminal.press('stty -a', 'Enter');
  await seen(/(?<!-)isig icanon [^]* echo /);
  return since();
}

/** It is on the screen and single keys reach it. */
async function expectDash(terminal: TerminalSession): Promise<void> {
  await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
  expect(terminal.buffer()).toBe('alternate');
  expect(terminal.modes()).toMatchObject({ cursorHidden: true, wrapOff: true });
  terminal.press('?');
  await terminal.waitForText('› help');
  terminal.press('Escape');
  await terminal.waitForScreen(isOverview, 'the overview');
}

async function quit(terminal: TerminalSession): Promise<void> {
  terminal.press('q');
  await until(() => terminal.buffer() === 'normal', { message: 'the normal buffer' });
  terminal.press('echo "left with $?"', 'Enter');
  await terminal.waitForText('left with 0');
  expect(terminal.modes()).toEqual(CLEAN);
}

describe('stopped and continued', () => {
  test('by Ctrl-Z and fg, again and again, in a terminal that has another size by then', async () => {
    const terminal = await openShell();
    await openDashIn(terminal);
    for (const columns of [90, 110]) {
      await expectShell(terminal, () => terminal.press('Ctrl-Z'));
      terminal.resize(columns, 20);
      terminal.press('fg', 'Enter');
      await terminal.waitForScreen(([first = '']) => first.length === columns, `${columns} columns`, LONG);
      await expectDash(terminal);
    }
    await quit(terminal);
  });

  test('with the script that runs it: else nobody could say fg', async () => {
    const terminal = await openShell();
    terminal.press(`sh -c '${commandOf(box)}; echo after dash: $?'`, 'Enter');
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    await expectShell(terminal, () => terminal.press('Ctrl-Z'));
    terminal.press('fg', 'Enter');
    await expectDash(terminal);
    terminal.press('q');
    await terminal.waitForText('after dash: 0');
  });

  test('in the background it waits before it touches the screen, whether it was started or continued there', async () => {
    const terminal = await openShell();
    const started = await expectShell(terminal, () => terminal.press(`${commandOf(box)} &`, 'Enter'));
    expect(started).not.toContain(ENTERED);
    terminal.press('fg', 'Enter');
    await expectDash(terminal);
    await expectShell(terminal, () => terminal.press('Ctrl-Z'));
    const continued = await expectShell(terminal, () => terminal.press('bg', 'Enter'));
    expect(continued).not.toContain(ENTERED);
    terminal.press('fg', 'Enter');
    await expectDash(terminal);
    await quit(terminal);
  });

  test('by signals from elsewhere', async () => {
    const terminal = await openShell();
    const pid = await openDashIn(terminal);
    await expectShell(terminal, () => process.kill(pid, 'SIGTSTP'));
    terminal.press('fg', 'Enter');
    await expectDash(terminal);

    // This one cannot be answered: the shell writes over the dashboard, which puts all of it in order later.
    const running = terminal.raw().length;
    process.kill(pid, 'SIGSTOP');
    await until(() => /Stopped.* dash/.test(terminal.raw().slice(running)), { message: 'the shell sees it' });
    terminal.press('fg', 'Enter');
    await expectDash(terminal);

    const before = terminal.raw().length;
    process.kill(pid, 'SIGCONT');
    await until(() => terminal.raw().slice(before).includes('\u001B[2J'), { message: 'a repaint' });
    await expectDash(terminal);
    await quit(terminal);
  });

  test('without a shell that could continue it, it comes back by itself', async () => {
    const terminal = openTerminal(process.execPath, [box.cli, 'dash'], { columns: 100, rows: 30, env: box.env });
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    const before = terminal.raw().length;
    terminal.press('Ctrl-Z');
    const since = (): string => terminal.raw().slice(before);
    await until(() => since().includes(LEFT) && since().includes(ENTERED), { message: 'out and in' });
    await expectDash(terminal);
    terminal.press('q');
    expect(await terminal.exited()).toMatchObject({ code: 0 });
  });

  test('it is ended while it is stopped: the shell keeps its screen', async () => {
    const terminal = await openShell();
    await openDashIn(terminal);
    await expectShell(terminal, () => terminal.press('Ctrl-Z'));
    const stopped = terminal.raw().length;
    terminal.press('kill %1', 'Enter');
    await until(() => childrenOf(terminal.pid).length === 0, { message: 'the dashboard ends' });
    terminal.press('echo "still here"', 'Enter');
    await terminal.waitForText(/^still here/m);
    expect(terminal.raw().slice(stopped)).not.toContain(ENTERED);
    expect(terminal.modes()).toEqual(CLEAN);
  });
});

test('the pager has the terminal for itself, and its Ctrl-C does not end the dashboard', async () => {
  const pager = box.writeApp(
    `process.on('SIGINT', () => console.log('interrupted'));
     process.stdin.on('data', (text) => text.includes('enough') ? process.exit() : console.log('typed ' + text));
     console.log('pager shows ' + process.argv[2]);`,
    'pager.cjs',
  );
  const terminal = await openShell({ PAGER: `${process.execPath} ${pager}` });
  await openDashIn(terminal);
  terminal.press('l');
  terminal.press('E');
  await terminal.waitForText(/pager shows .*job.*\.log/, LONG);
  expect(terminal.buffer()).toBe('normal');
  expect(terminal.modes()).toEqual(CLEAN);
  terminal.press('Ctrl-C');
  await terminal.waitForText('interrupted');
  for (const word of ['one', 'two', 'three']) {
    terminal.press(word, 'Enter');
    await terminal.waitForText(`typed ${word}`);
  }
  terminal.press('enough', 'Enter');
  await until(() => terminal.buffer() === 'alternate', { message: 'the dashboard again' });
  terminal.press('Escape');
  await terminal.waitForScreen(isOverview, 'the overview');
  await expectDash(terminal);
  expect(terminal.text()).not.toContain('pager failed');
  await quit(terminal);
});

test('of a terminal that is closed nothing is left running', async () => {
  const inShell = await openShell();
  await openDashIn(inShell);
  const alone = openTerminal(process.execPath, [box.cli, 'dash'], { env: box.env });
  await alone.waitForScreen(isLive, 'a live dashboard', LONG);
  const stopped = await openShell();
  await openDashIn(stopped);
  await expectShell(stopped, () => stopped.press('Ctrl-Z'));
  const shown = (): number[] => box.processes().flatMap(({ pid, command }) => (command.endsWith(' dash') ? [pid] : []));
  expect(shown()).toHaveLength(3);
  for (const terminal of [inShell, alone, stopped]) terminal.close();
  await until(() => shown().length === 0, { message: () => `left: ${shown().join(' ')}` });
});

test('a terminal of no size is taken for one of 80x24', async () => {
  const terminal = await openShell();
  terminal.press(`stty rows 0 columns 0; ${commandOf(box)}`, 'Enter');
  await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
  await terminal.waitForScreen(([first = '']) => first.length === 80, '80 columns');
  await quit(terminal);
});

// The dashboard in a terminal: what it writes, and that each way out leaves the terminal as it was.
import type { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { runDash } from '../../ui/main.tsx';
import { until } from '../helpers/until.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { anApp, aWorker, FLEET } from './samples.ts';
import { TerminalDouble } from './terminal-double.ts';

/** Signals are events of the process; here they come without a kill. */
const signals: EventEmitter = process;
const ENV = { LANG: 'C.UTF-8', NO_COLOR: '1' };
const opened: { terminal: TerminalDouble; ended: Promise<number> }[] = [];

afterEach(async () => {
  for (const { terminal, ended } of opened.splice(0)) {
    terminal.input.write('\u0003');
    await ended;
  }
});

async function dash(daemon = new FakeDaemon(FLEET), columns = 80, rows = 24) {
  const terminal = new TerminalDouble(columns, rows);
  terminal.stdout.write('earlier\r\n');
  const { stdout, stdin, stderr } = terminal;
  const ended = runDash({
    connect: daemon.connect,
    stdout,
    stdin,
    stderr,
    env: ENV,
    by: 'me (zdm dash)',
    app: null,
    readOnly: false,
    host: 'web-01',
    cores: 8,
    memoryTotal: 16 * 2 ** 30,
  });
  opened.push({ terminal, ended });
  await terminal.shows('> api');
  return { terminal, ended };
}

function expectAsFound(terminal: TerminalDouble): void {
  expect(terminal.raw).toBe(false);
  expect(terminal.written.slice(-19)).toBe('\u001B[?7h\u001B[?25h\u001B[?1049l');
}

test('the picture fills the terminal, in the alternate screen, with one write per frame', async () => {
  const { terminal } = await dash();
  expect(terminal.emulator.buffer.active.type).toBe('alternate');
  expect(terminal.raw).toBe(true);
  const rows = terminal.screen().split('\n');
  expect(rows[0]).toMatch(/^zdm .*live( \d+s)?$/);
  expect(rows[23]).toContain('q quit');
  const before = terminal.writes;
  terminal.input.write('j');
  await terminal.shows('> web');
  expect(terminal.writes - before).toBe(1);
});

test('a resize repaints all of it', async () => {
  const { terminal } = await dash();
  for (const [columns, rows, sign] of [
    [60, 15, /^zdm .*live( \d+s)?$/m],
    [30, 5, '40x8 shows'],
    [120, 40, 'MEM 60s'],
  ] as const) {
    terminal.resize(columns, rows);
    await terminal.shows(sign);
  }
  expect(terminal.screen().split('\n')[39]).toContain('q quit');
});

test('a terminal that changed only its width is cleared first: it may have wrapped the old rows', async () => {
  const { terminal } = await dash();
  const before = terminal.written.length;
  terminal.resize(70, 24);
  await terminal.shows(/APP .* UP$/m);
  await until(() => terminal.written.slice(before).includes('\u001B[2J'));
});

test('a terminal that was resized there and back is drawn again: it has rearranged its rows', async () => {
  const { terminal } = await dash();
  const before = terminal.written.length;
  signals.emit('SIGWINCH', 'SIGWINCH');
  await until(() => terminal.written.slice(before).includes('\u001B[2J'));
});

test('live figures come in without a key, and the clock goes on without them', async () => {
  const daemon = new FakeDaemon([anApp(0, 'api', { workers: [aWorker(1, 1)], since: Date.now() })]);
  const { terminal } = await dash(daemon);
  daemon.change('api', { restarts: 77 });
  await terminal.shows(/api .* 77 /);
  await terminal.shows(/api .* 1s/);
  daemon.die();
  await terminal.shows('NO DAEMON 0s');
  daemon.up = true;
  await terminal.shows('live');
});

describe('ways out', () => {
  const ways: Readonly<Record<string, { leave: (terminal: TerminalDouble) => void; code: number }>> = {
    q: { leave: ({ input }) => input.write('q'), code: 0 },
    'Ctrl-C': { leave: ({ input }) => input.write('\u0003'), code: 0 },
    SIGTERM: { leave: () => signals.emit('SIGTERM', 'SIGTERM', 15), code: 143 },
    SIGHUP: { leave: () => signals.emit('SIGHUP', 'SIGHUP', 1), code: 129 },
    'the end of the input': { leave: ({ input }) => input.end(), code: 129 },
    EIO: { leave: ({ stdout }) => stdout.emit('error', new Error('EIO')), code: 129 },
  };
  test.each(Object.keys(ways))('%s', async (name) => {
    const way = ways[name] as (typeof ways)[string];
    const listeners = process.listenerCount('SIGTERM');
    const { terminal, ended } = await dash();
    way.leave(terminal);
    expect(await ended).toBe(way.code);
    expectAsFound(terminal);
    await until(() => terminal.screen().includes('earlier'));
    expect(process.listenerCount('SIGTERM')).toBe(listeners);
  });

  test('what was printed past the dashboard comes when it has gone, not on its screen', async () => {
    const { terminal, ended } = await dash();
    const before = terminal.written.length;
    console.log('a log %d', 1);
    console.error('an error');
    process.emitWarning('a warning');
    let told = '';
    terminal.stderr.on('data', (text) => (told += String(text)));
    terminal.input.write('?');
    await terminal.shows('zdm › help');
    expect(told).toBe('');
    terminal.input.write('\u0003');
    await ended;
    expect(terminal.written.slice(before)).not.toMatch(/a log|an error|a warning/);
    await until(() => told === 'a log 1\nan error\nWarning: a warning\n', { message: () => told });
  });

  test('an exception finds the terminal in order before it is printed', async () => {
    const { terminal } = await dash();
    signals.emit('uncaughtExceptionMonitor', new Error('boom'), 'uncaughtException');
    expectAsFound(terminal);
    // It hears no keys any more: the process of a real one is gone.
    signals.emit('SIGTERM', 'SIGTERM', 15);
  });
});

// `zdm dash --plain`: what goes out, what typed lines do, and what ends it.
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type PlainOptions, runPlain } from '../../ui/plain.ts';
import { inTime, until } from '../helpers/until.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { FLEET } from './samples.ts';

const ENV = { LANG: 'C.UTF-8', NO_COLOR: '1' };
const CLOCK = /^\d\d:\d\d:\d\d /gm;
const leave: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const one of leave.splice(0)) await one();
});

function plain(options: Partial<PlainOptions> = {}, daemon = new FakeDaemon(FLEET)) {
  const stdout = Object.assign(new PassThrough(), { isTTY: false });
  const stdin = Object.assign(new PassThrough(), { isTTY: false });
  let written = '';
  stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const ended = runPlain({
    connect: daemon.connect,
    stdout,
    stdin,
    env: ENV,
    by: 'me (zdm dash)',
    readOnly: false,
    ...options,
  });
  leave.push(() => {
    stdout.emit('error', new Error('EPIPE'));
    return ended;
  });
  /** Without the times. */
  const lines = (): string[] => written.replaceAll(CLOCK, '').split('\n').slice(0, -1);
  const says = (line: string): Promise<unknown> =>
    until(() => lines().includes(line), { within: 5000, message: () => `${line} in:\n${written}` });
  return { daemon, stdout, stdin, ended, lines, says, raw: () => written };
}

const STATUS =
  '6 of 7 workers online, 1 problem: mailer is waiting to start again: exits with exit code 1 after 0.4s, try 14, next in 8s';

test('how things stand first, then a line for each thing that happens, each with its time', async () => {
  const { daemon, says, lines, raw } = plain();
  await says(STATUS);
  daemon.change('web', { state: 'stopped', up: 0 });
  daemon.remove('mailer');
  daemon.die();
  daemon.up = true;
  await says('the daemon answers again after 0s');
  expect(lines()).toEqual([
    STATUS,
    'web is stopped',
    'mailer is deleted',
    'the daemon was lost; apps do not need it to run (trying again until it answers)',
    'the daemon answers again after 0s',
  ]);
  expect(raw().match(CLOCK)).toHaveLength(5);
});

test('every minute it says how things stand', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { says, lines } = plain();
  await says(STATUS);
  await vi.advanceTimersByTimeAsync(59_999);
  expect(lines()).toEqual([STATUS]);
  await vi.advanceTimersByTimeAsync(60_001);
  expect(lines()).toEqual([STATUS, STATUS, STATUS]);
});

test('no cursor moves, and no colour comes where none is wanted', async () => {
  const quiet = plain({ env: { LANG: 'C.UTF-8' } });
  await quiet.says(STATUS);
  expect(quiet.raw()).not.toContain('\u001B');
  const forced = plain({ env: { LANG: 'C.UTF-8', FORCE_COLOR: '1' } });
  await until(() => forced.raw().includes('mailer'));
  // Colours, and nothing else.
  expect(
    forced
      .raw()
      .split(/\p{Cc}\[[\d;]*m/u)
      .join('')
      .replaceAll('\n', ''),
  ).not.toMatch(/\p{Cc}/u);
  expect(forced.raw()).toContain('\u001B[1;33m');
});

describe('typed lines', () => {
  test('are commands, and are answered', async () => {
    const { stdin, daemon, says } = plain();
    await says(STATUS);
    stdin.write('restart web\nscale web');
    await until(() => daemon.calls.length === 1);
    stdin.write(' 4\n');
    await until(() => daemon.calls.length === 2);
    expect(daemon.calls.map(({ params }) => params)).toEqual([
      { kind: 'restart', targets: ['web'], by: 'me (zdm dash)' },
      { kind: 'scale', targets: ['web'], by: 'me (zdm dash)', scale: { mode: 'set', count: 4 } },
    ]);
    await says('Started: scale of web. Same as: zdm scale web 4');
    stdin.write('relod api\n');
    await says('"relod" is not a command here. Some are: reload, logs, scale, stop.');
    stdin.write('zdm describe api\n');
    await says('Only changes are taken here. In a shell: zdm describe api');
    stdin.write('pause web\n');
    await says('There is nothing to pause: no rollout of web runs.');
  });

  test('change nothing where that is forbidden', async () => {
    const { stdin, daemon, says } = plain({ readOnly: true });
    await says(STATUS);
    stdin.write('stop web\n');
    await says('Nothing can be changed here: --read-only.');
    expect(daemon.calls.filter(({ method }) => method !== 'history')).toEqual([]);
  });
});

describe('the end', () => {
  test('comes when nobody reads any more', async () => {
    const { stdout, ended, says } = plain();
    await says(STATUS);
    stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await inTime(ended, 5000, 'the end')).toBe(0);
  });

  test('comes with Ctrl-D at a terminal', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const { ended, says } = plain({ stdin });
    await says(STATUS);
    stdin.end();
    expect(await inTime(ended, 5000, 'the end')).toBe(0);
  });

  test('does not come with the end of a pipe at the input', async () => {
    const { stdin, daemon, says } = plain();
    stdin.end('reload api\n');
    await until(() => stdin.readableEnded);
    daemon.change('web', { state: 'stopped' });
    await says('web is stopped');
  });
});

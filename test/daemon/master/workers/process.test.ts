// Processes that somebody else has started: real ones.
import { spawn, type ChildProcess } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AdoptedProcess, outputEnd, startedProcess } from '../../../../daemon/master/workers/process.ts';
import { identityOf } from '../../../../daemon/os/process-identity.ts';
import { inTime, onceEvent, until } from '../../../helpers/until.ts';

function sleeper(): ChildProcess {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Its end, once it was told. */
function endOf(one: AdoptedProcess | ReturnType<typeof startedProcess>): { told: (number | string | null)[][] } {
  const seen: { told: (number | string | null)[][] } = { told: [] };
  one.whenEnded((code, signal) => void seen.told.push([code, signal]));
  return seen;
}

describe('an adopted process', () => {
  test('is signalled, and its end is noticed, once; nobody can tell how it was', async () => {
    const child = sleeper();
    const one = new AdoptedProcess(identityOf(child.pid!)!);
    const seen = endOf(one);
    expect([one.pid, one.hasEnded]).toEqual([child.pid, false]);
    one.kill('SIGTERM');
    await until(() => seen.told.length > 0);
    expect([seen.told, one.hasEnded, child.signalCode]).toEqual([[[null, null]], true, 'SIGTERM']);
    one.lookSoon();
    expect(seen.told).toHaveLength(1);
  });

  test('has ended with the code that it said it would', async () => {
    const child = sleeper();
    const one = new AdoptedProcess(identityOf(child.pid!)!);
    const seen = endOf(one);
    one.exits(7);
    child.kill('SIGKILL');
    await until(() => seen.told.length > 0);
    expect(seen.told).toEqual([[7, null]]);
  });

  test('is looked for soon where there is a sign, and when that was wrong goes on', async () => {
    const child = sleeper();
    const one = new AdoptedProcess(identityOf(child.pid!)!);
    const seen = endOf(one);
    one.lookSoon();
    expect([seen.told, one.hasEnded]).toEqual([[], false]);
    child.kill('SIGKILL');
    await onceEvent(child, 'exit');
    // Much sooner than the second after which it would be looked for anyway.
    await until(() => seen.told.length > 0, { within: 500, every: 5 });
  });

  test('that had ended before it was adopted is told at once', () => {
    const one = new AdoptedProcess({ pid: 999_999_999, start: '1' });
    expect(endOf(one).told).toEqual([[null, null]]);
  });

  test('whose pid is another’s by now has ended, and that one is not signalled', async () => {
    const child = sleeper();
    const one = new AdoptedProcess({ pid: child.pid!, start: '1' });
    one.kill('SIGKILL');
    expect(endOf(one).told).toEqual([[null, null]]);
    one.kill('SIGKILL');
    // A signal that was sent would have come before this one.
    child.kill('SIGTERM');
    expect(await onceEvent(child, 'exit')).toEqual([null, 'SIGTERM']);
  });

  test('that has just ended is signalled into nothing', async () => {
    const child = sleeper();
    const one = new AdoptedProcess(identityOf(child.pid!)!);
    child.kill('SIGKILL');
    await onceEvent(child, 'exit');
    expect(() => one.kill('SIGKILL')).not.toThrow();
  });
});

describe('a started process', () => {
  test('tells its end as the system does', async () => {
    const child = sleeper();
    const one = startedProcess(child);
    expect([one.pid, one.identity, one.hasEnded]).toEqual([child.pid, identityOf(child.pid!), false]);
    const seen = endOf(one);
    // What it says itself is for those who cannot know.
    one.exits(7);
    one.lookSoon();
    one.kill('SIGKILL');
    await until(() => seen.told.length > 0);
    expect([seen.told, one.hasEnded]).toEqual([[[null, 'SIGKILL']], true]);
  });

  test('that could not be started is nobody', async () => {
    const child = spawn('/nowhere/at/all');
    const error = onceEvent(child, 'error');
    const one = startedProcess(child);
    expect([one.pid, one.identity]).toEqual([0, null]);
    await error;
  });
});

describe('the end of what was printed', () => {
  test('is that of all streams', async () => {
    const [one, other] = [new PassThrough().resume(), new PassThrough().resume()];
    let isOver = false;
    const end = outputEnd([one, null, other], 60_000).then(() => (isOver = true));
    one.end();
    await until(() => one.closed);
    expect(isOver).toBe(false);
    other.end();
    await inTime(end, 5_000, 'the end');
  });

  test('is not waited for longer than it may take, nor where there is nothing to wait for', async () => {
    await inTime(outputEnd([new PassThrough()], 20), 5_000, 'the limit');
    const closed = new PassThrough().destroy();
    await until(() => closed.closed);
    await inTime(outputEnd([null, closed], 60_000), 5_000, 'nothing');
  });
});

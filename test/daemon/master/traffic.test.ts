// The turn of a switch: old workers are dismissed and new ones admitted in it, and nobody gets anything before the old ones have
// given back what was idle. Time is not real.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../daemon/master/hand-out.ts';
import { Traffic } from '../../../daemon/master/traffic.ts';
import type { WorkerHandle } from '../../../daemon/master/workers/worker-handle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Double {
  readonly handle: WorkerHandle;
  /** What it was sent. */
  readonly got: string[];
}

/** A worker that takes everything at once. */
function worker(
  id: number,
  change: { admitted?: boolean; mode?: 'cluster' | 'fork'; connected?: boolean } = {},
): Double {
  const { admitted = true, mode = 'cluster', connected = true } = change;
  const got: string[] = [];
  const double = {
    id,
    slot: id,
    generation: id,
    admitted,
    mode,
    isPreloaded: mode === 'cluster',
    isLinked: connected,
    stuck: false,
    open: 0,
    unanswered: 0,
    lastSent: 0,
    listening: ['80'],
    listensAt: () => true,
    send: (connection: Connection & { name?: string }) => void got.push(connection.name!),
  };
  return { handle: double as unknown as WorkerHandle, got };
}

function connection(name: string, moved = false): Connection {
  const handle = { readStop: () => 0, close: () => undefined };
  return { name, handle, key: '80', moved, waitingSince: null, refusals: 0 } as unknown as Connection;
}

function stage(...workers: readonly Double[]): Traffic {
  const handles = new Map(workers.map(({ handle }) => [handle.id, handle]));
  return new Traffic(handles, Promise.resolve(true), false);
}

/** The turn of the switch, as the effects of the machine come: nobody is old and new at once. */
function change(traffic: Traffic, old: readonly Double[], fresh: readonly Double[]): void {
  traffic.freeze();
  for (const { handle } of old) traffic.closed(handle);
  for (const { handle } of fresh) {
    handle.admitted = true;
    traffic.opened(handle);
  }
  traffic.heard(null);
}

describe('in a switch', () => {
  test('nothing is handed out until the last of the old workers has given back what was idle', () => {
    const [one, two, fresh] = [worker(1), worker(2), worker(3, { admitted: false })];
    const traffic = stage(one, two, fresh);
    const offered: number[] = [];
    traffic.kernel.offer = ({ id }) => void offered.push(id);
    change(traffic, [one, two], [fresh]);
    traffic.handOut.route(connection('new'));
    traffic.gave(connection('idle', true));
    traffic.opened(fresh.handle);
    traffic.heard(null);
    // Nor does anybody accept by itself.
    expect([traffic.handOut.waiting, offered]).toEqual([2, []]);
    traffic.heard(one.handle);
    traffic.heard(one.handle);
    expect([traffic.handOut.frozen, traffic.handOut.waiting]).toEqual([true, 2]);
    traffic.heard(two.handle);
    expect([traffic.handOut.frozen, traffic.handOut.waiting]).toEqual([false, 0]);
    expect([one.got, two.got, fresh.got, offered]).toEqual([[], [], ['new', 'idle'], [3]]);
    // Nobody waits for longer than that.
    expect([traffic.handOut.totals.held, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('a blocked worker is not waited for', () => {
    const [old, fresh] = [worker(1), worker(2, { admitted: false })];
    const traffic = stage(old, fresh);
    change(traffic, [old], [fresh]);
    traffic.handOut.route(connection('new'));
    vi.advanceTimersByTime(249);
    expect(fresh.got).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fresh.got).toEqual(['new']);
    // Who opens now is served at once, and what the blocked one says afterwards changes nothing.
    const offered: number[] = [];
    traffic.kernel.offer = ({ id }) => void offered.push(id);
    traffic.opened(fresh.handle);
    expect(offered).toEqual([2]);
    traffic.heard(old.handle);
    traffic.handOut.route(connection('next'));
    expect([fresh.got, offered]).toEqual([['new', 'next'], [2]]);
  });

  test.each<[string, Parameters<typeof worker>[1]]>([
    ['is gone', { connected: false }],
    ['owns its port', { mode: 'fork' }],
  ])('a worker that %s has nothing to give back', (_, own) => {
    const [old, fresh] = [worker(1, own), worker(2, { admitted: false })];
    const traffic = stage(old, fresh);
    change(traffic, [old], [fresh]);
    traffic.handOut.route(connection('new'));
    expect([fresh.got, vi.getTimerCount()]).toEqual([['new'], 0]);
  });

  test('a second one has the whole time again', () => {
    const [old, fresh] = [worker(1), worker(2, { admitted: false })];
    const traffic = stage(old, fresh);
    change(traffic, [old], [fresh]);
    vi.advanceTimersByTime(200);
    change(traffic, [fresh], [old]);
    traffic.handOut.route(connection('new'));
    vi.advanceTimersByTime(249);
    expect(old.got).toEqual([]);
    vi.advanceTimersByTime(1);
    expect([old.got, vi.getTimerCount()]).toEqual([['new'], 0]);
  });
});

test('otherwise nobody waits for anybody', () => {
  const [old, fresh] = [worker(1), worker(2, { admitted: false })];
  const traffic = stage(old, fresh);
  fresh.handle.admitted = true;
  traffic.opened(fresh.handle);
  traffic.closed(old.handle);
  traffic.heard(null);
  traffic.handOut.route(connection('new'));
  expect([old.handle.admitted, fresh.got]).toEqual([false, ['new']]);
});

test('what waited for a worker is given to the first that opens', () => {
  const fresh = worker(2, { admitted: false });
  const traffic = stage(fresh);
  traffic.handOut.route(connection('new'));
  fresh.handle.admitted = true;
  traffic.opened(fresh.handle);
  expect(fresh.got).toEqual(['new']);
});

// Who is told what when workers of a master before come, one by one. The workers are doubles.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Admission } from '../../../../daemon/master/admission.ts';
import type { SavedApp } from '../../../../daemon/master/adoption/journal.ts';
import { Resumption } from '../../../../daemon/master/adoption/resumption.ts';
import { Loop } from '../../../../daemon/master/loop.ts';
import type { WorkerHandle } from '../../../../daemon/master/workers/worker-handle.ts';
import type { Hello, ToWorker } from '../../../../daemon/protocol/worker-link.ts';
import type { Effect } from '../../../../daemon/rollout/types.ts';
import { POLICY, Stage } from '../../../rollout/stage.ts';
import { sampleSpec } from '../../sample-spec.ts';

interface Double {
  readonly handle: WorkerHandle;
  readonly told: ToWorker[];
}

function worker(id: number, isPreloaded = true): Double {
  const told: ToWorker[] = [];
  const tell = (message: ToWorker): void => void told.push(message);
  const double = { id, isPreloaded, generation: 1, admitted: false, listening: [], tell, resumePlace: () => undefined };
  return { handle: double as unknown as WorkerHandle, told };
}

/** `#id` is `api.7.<id>`. */
function hello(id: number, { gives = [], received = [] }: Partial<Pick<Hello, 'gives' | 'received'>> = {}): Hello {
  const identity = { app: 'api', mark: `api.7.${id}`, id, slot: id - 1, generation: 1, socket: '/x' };
  const state = { admitted: true, draining: false, saidReady: false, places: [] };
  return { act: 'hello', protocol: 1, epoch: 4, pid: id, identity, ...state, gives, received };
}

/** An app of these workers, all online, as its journal tells it. */
function stage(...workers: readonly Double[]) {
  const effects: Effect[] = [];
  const loop = new Loop(
    POLICY,
    1,
    (effect) => void effects.push(effect),
    () => undefined,
  );
  /** Workers that are still sending their sockets. */
  const sending = new Set<WorkerHandle>();
  const handles = new Map(workers.map(({ handle }) => [handle.id, handle]));
  const traffic = {
    bound: 0,
    came: () => undefined,
    hasAll: (handle: WorkerHandle) => !sending.has(handle),
    opened: () => undefined,
    lent: () => undefined,
    bindMissing: () => void (traffic.bound += 1),
  };
  const releases = { restore: vi.fn(), of: () => undefined };
  const story = { restore: () => undefined, stillDeparts: () => undefined };
  const app = {
    handles,
    loop,
    traffic,
    releases,
    story,
    spec: sampleSpec(),
    adopt: () => undefined,
    noteListening: vi.fn(),
  };
  const resumption = new Resumption(
    app as unknown as ConstructorParameters<typeof Resumption>[0],
    { resumed: () => undefined } as unknown as Admission,
    5,
  );
  const saved = (count = workers.length): SavedApp =>
    ({
      machine: Stage.serving(count).machine,
      workers: [],
      releases: [],
      asked: [],
      latest: sampleSpec(),
    }) as unknown as SavedApp;
  return { resumption, loop, handles, effects, traffic, sending, releases, saved };
}

const acts = ({ told }: Double): string[] => told.map(({ act }) => act);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('when all have come', () => {
  test('each is welcome at once, and told then what of its gives is safe, and to give the rest again', () => {
    const [one, other] = [worker(1), worker(2)];
    const { resumption, saved, traffic } = stage(one, other);
    resumption.begin(saved());
    resumption.greeted(one.handle, hello(1, { gives: [1, 2, 3] }));
    expect(one.told).toEqual([{ act: 'welcome', epoch: 5 }]);
    resumption.greeted(other.handle, hello(2, { gives: [9], received: ['api.7.1:2'] }));
    expect(one.told.slice(1)).toEqual([{ act: 'taken', gives: [2] }, { act: 'again' }]);
    expect(other.told).toEqual([{ act: 'welcome', epoch: 5 }, { act: 'again' }]);
    expect(traffic.bound).toBe(1);
    expect([one.handle.admitted, other.handle.admitted]).toEqual([true, true]);
  });

  test('one of them is not there before all its sockets are', () => {
    const [one, other] = [worker(1), worker(2)];
    const { resumption, saved, traffic, sending } = stage(one, other);
    sending.add(other.handle);
    resumption.begin(saved());
    resumption.greeted(one.handle, hello(1));
    resumption.greeted(other.handle, hello(2));
    expect(traffic.bound).toBe(0);
    sending.clear();
    resumption.lent(other.handle, '80', false, undefined);
    expect([traffic.bound, acts(one), acts(other)]).toEqual([1, ['welcome', 'again'], ['welcome', 'again']]);
  });

  test('what is not there is absent, after what was heard meanwhile', () => {
    const [one, other] = [worker(1), worker(2)];
    const { resumption, saved, loop, handles, effects } = stage(one, other);
    resumption.begin(saved());
    loop.dispatch({ type: 'exit', worker: 1, code: 1, why: 'code 1', random: 0 });
    expect([loop.machine.workers.length, effects]).toEqual([2, []]);
    resumption.greeted(one.handle, hello(1));
    handles.delete(2);
    resumption.ended(other.handle);
    expect(effects).toMatchObject([
      { type: 'fork', worker: 3, slot: 0 },
      { type: 'fork', worker: 4, slot: 1 },
    ]);
  });
});

describe('when the time is over', () => {
  test('one that is still sending its sockets is told what those are told that are there', () => {
    const [one, other] = [worker(1), worker(2)];
    const { resumption, saved, sending } = stage(one, other);
    sending.add(other.handle);
    resumption.begin(saved());
    resumption.greeted(one.handle, hello(1));
    resumption.greeted(other.handle, hello(2, { gives: [1] }));
    vi.advanceTimersByTime(1_500);
    expect(acts(other)).toEqual(['welcome', 'again']);
    sending.clear();
    resumption.lent(other.handle, '80', false, undefined);
    expect(acts(other)).toEqual(['welcome', 'again']);
  });

  test('one that comes later does not give again what others have', () => {
    const [one, late] = [worker(1), worker(2)];
    const { resumption, saved, loop } = stage(one, late);
    resumption.begin(saved());
    resumption.greeted(one.handle, hello(1, { received: ['api.7.2:6'] }));
    vi.advanceTimersByTime(1_500);
    expect(loop.machine.workers.map(({ id }) => id)).toEqual([1, 2]);
    resumption.greeted(late.handle, hello(2, { gives: [6, 7] }));
    expect(late.told).toEqual([{ act: 'welcome', epoch: 5 }, { act: 'taken', gives: [6] }, { act: 'again' }]);
  });
});

test('a worker of this master is welcome, and nothing else', () => {
  const one = worker(1);
  const { resumption } = stage(one);
  resumption.greeted(one.handle, { ...hello(1), epoch: 0 });
  expect([one.told, one.handle.admitted]).toEqual([[{ act: 'welcome', epoch: 5 }], false]);
});

test('one that runs on its own does not come, and serves all the same', () => {
  const one = worker(1, false);
  const { resumption, saved, loop } = stage(one);
  resumption.begin(saved());
  vi.advanceTimersByTime(1);
  expect([one.handle.admitted, one.told]).toEqual([true, []]);
  expect(loop.machine.workers).toHaveLength(1);
});

test('a state that cannot be gone on with is said, and the app can be started', () => {
  const { resumption, saved, loop, effects, releases } = stage();
  releases.restore.mockImplementation(() => {
    throw new Error('no release');
  });
  expect(() => resumption.begin(saved(2))).toThrow('no release');
  expect(loop.machine.workers).toEqual([]);
  const request = {
    op: 'a',
    kind: 'start',
    instances: null,
    slot: null,
    policy: null,
    room: null,
    patient: false,
  } as const;
  loop.dispatch({ type: 'command', request });
  expect(effects.map(({ type }) => type)).toEqual(['begin', 'fork']);
});

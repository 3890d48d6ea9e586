// Rollouts of each strategy, on their way, going back, and ended.
import { CANARY_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import type { AppStatus, CanaryStatus, OperationStatus, PreviousRelease } from '../../daemon/protocol/model.ts';
import { aSlot, aWorker, NOW, RECEIPT } from './samples.ts';
import { API, RELOAD } from './shop.ts';

/** What is shown on the rollout screen of `api`, which is what. */
export interface RolloutScene {
  readonly operation: Partial<OperationStatus>;
  readonly app: Partial<AppStatus>;
}

/** The workers before, all of generation 16. */
const OLD = [0, 1, 2, 3].map((slot) =>
  aWorker(slot, slot, { pid: 41_000 + slot, generation: 16, connections: 130 - slot }),
);
const NEW = [0, 1, 2, 3].map((slot) =>
  aWorker(10 + slot, slot, {
    pid: 48_200 + slot,
    startedAt: NOW - 9000,
    readyAt: NOW - 7600,
    connections: 96 + slot,
    requests: 310,
  }),
);
const FAILURE = { slot: 1, reason: 'exit code 1 before it was ready', lines: ['Error: no database'] };

export const CANARY: CanaryStatus = {
  workers: 1,
  percent: 25,
  until: NOW + 12_000,
  old: { requests: 12_040, errors: 3, latency: 11.6 },
  fresh: { requests: 310, errors: 2, latency: 14.2 },
  verdict: null,
  reason: null,
};

export const PREVIOUS: PreviousRelease = {
  generation: 16,
  script: '/srv/shop/releases/41/server.js',
  startedAt: NOW - 3_600_000,
  warmUntil: NOW + 23_500,
};

const CANARY_SPEC = { ...API.spec, strategy: 'canary', canary: CANARY_DEFAULTS } as const;
const BLUE_GREEN = { ...API.spec, strategy: 'blue-green' } as const;
const CANARY_SLOTS = [aSlot(0, 'proving', 1391), aSlot(1, 'waiting'), aSlot(2, 'waiting'), aSlot(3, 'waiting')];

function canary(changes: Partial<CanaryStatus>, more: Partial<OperationStatus> = {}): RolloutScene {
  return {
    operation: { strategy: 'canary', canary: { ...CANARY, ...changes }, slots: CANARY_SLOTS, ...more },
    app: { spec: CANARY_SPEC, workers: [...NEW.slice(0, 1), ...OLD.slice(1)] },
  };
}

const doubt = { verdict: 'inconclusive', reason: '31 of 100 requests in 1m' } as const;
const fault = { verdict: 'fail', reason: '4.2% errors, at most 1%' } as const;
const ended = { phase: 'failed', endedAt: NOW - 500, receipt: { ...RECEIPT, replaced: 0 } } as const;

/** By name. */
export const ROLLOUTS: Readonly<Record<string, RolloutScene>> = {
  'rollout, canary': canary({}),
  'rollout, canary inconclusive': canary(doubt, { paused: true }),
  'rollout, canary failed': {
    operation: {
      ...canary(fault, ended).operation,
      failure: { slot: null, reason: fault.reason, lines: [] },
    },
    app: { spec: CANARY_SPEC, workers: OLD },
  },
  'rollout, blue-green': {
    operation: {
      strategy: 'blue-green',
      slots: [0, 1, 2, 3].map((slot) => aSlot(slot, slot === 3 ? 'starting' : 'standby', slot === 3 ? null : 1400)),
    },
    app: {
      spec: BLUE_GREEN,
      generation: 16,
      workers: [
        ...OLD,
        ...NEW.map(
          (worker) =>
            ({ ...worker, connections: 0, requests: 0, stage: worker.slot === 3 ? 'starting' : 'standby' }) as const,
        ),
      ],
    },
  },
  'rollout, blue-green done': {
    operation: {
      strategy: 'blue-green',
      phase: 'done',
      endedAt: NOW - 6500,
      slots: [0, 1, 2, 3].map((slot) => aSlot(slot, 'done', 1400)),
      receipt: { ...RECEIPT, open: 0 },
    },
    app: {
      spec: BLUE_GREEN,
      previous: PREVIOUS,
      workers: [
        ...OLD.map(
          (worker) => ({ ...worker, connections: 0, stage: 'standby', deadline: PREVIOUS.warmUntil }) as const,
        ),
        ...NEW,
      ],
    },
  },
  'rollout, going back': {
    operation: {
      returning: 'slot 1: exit code 1 before it was ready',
      slots: [aSlot(0, 'done', 1391), { ...aSlot(1, 'failed'), newPid: 1 }, aSlot(2, 'waiting'), aSlot(3, 'waiting')],
    },
    app: {
      workers: [
        ...NEW.slice(0, 1),
        aWorker(30, 0, { pid: 49_000, generation: 16, stage: 'starting', connections: 0, deadline: NOW + 9100 }),
        ...OLD.slice(1),
      ],
    },
  },
  'rollout, rolled back': {
    operation: {
      ...ended,
      returning: 'slot 1: exit code 1 before it was ready',
      failure: FAILURE,
      slots: [
        aSlot(0, 'waiting', 1391),
        { ...aSlot(1, 'failed'), newPid: 1 },
        aSlot(2, 'waiting'),
        aSlot(3, 'waiting'),
      ],
    },
    app: { workers: [aWorker(30, 0, { pid: 49_000, generation: 16 }), ...OLD.slice(1)] },
  },
  'rollout, min_ready and another one waits': {
    operation: {},
    app: {
      spec: { ...API.spec, minReady: 10_000, surge: { unit: 'percent', value: 50 } },
      operations: [
        {
          ...RELOAD,
          slots: [aSlot(0, 'proving', 1391), aSlot(1, 'proving', 1391), aSlot(2, 'waiting'), aSlot(3, 'waiting')],
        },
        { ...RELOAD, op: 'op-2', phase: 'queued', startedAt: null, slots: [], steps: [] },
      ],
      workers: [...NEW.slice(0, 2), ...OLD.slice(2)],
    },
  },
  'rollout, a dry run': {
    operation: { kind: 'rehearse', strategy: null, slots: [{ ...aSlot(0, 'starting'), oldPid: null }] },
    app: { generation: 16, workers: [...OLD, { ...NEW[0]!, stage: 'starting', connections: 0 }] },
  },
};

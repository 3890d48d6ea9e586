// Apps as the daemon describes them, at a fixed moment.
import { SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import type {
  AppSpec,
  AppStatus,
  OperationStatus,
  Receipt,
  SlotProgress,
  WorkerStatus,
} from '../../daemon/protocol/model.ts';
import { reduce } from '../../ui/state/reducer.ts';
import { type Action, type DashState, initialState } from '../../ui/state/state.ts';
import { createTheme, type ThemeOptions } from '../../ui/paint/theme.ts';

export const NOW = Date.UTC(2026, 10, 21, 12, 7, 34);

/** No colours and UTC, so that frames are the same everywhere. */
export function plainTheme(options: Partial<ThemeOptions> = {}) {
  return createTheme({ color: false, styles: false, unicode: true, clock: utcClock, ...options });
}

export function anApp(id: number, name: string, changes: Partial<AppStatus> = {}): AppStatus {
  const workers = changes.workers ?? [];
  return {
    id,
    name,
    spec: aSpec(name),
    state: 'online',
    reason: null,
    retryAt: null,
    masterPid: 4000 + id,
    masterVersion: '0.1.0',
    generation: 17,
    release: null,
    previous: null,
    wanted: workers.length,
    up: workers.filter((worker) => worker.stage === 'online').length,
    since: NOW - 75_000,
    restarts: 0,
    workers,
    listeners: ['3000'],
    waiting: 0,
    lastExit: null,
    operations: [],
    events: [],
    ...changes,
  };
}

export function aWorker(id: number, slot: number, changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    id,
    slot,
    pid: 48_200 + id,
    generation: 17,
    stage: 'online',
    startedAt: NOW - 200_000,
    readyAt: NOW - 199_000,
    deadline: null,
    cpu: 36.4,
    memory: 201 * 1024 * 1024,
    connections: 118,
    requests: 4210,
    lag: 3,
    latency: 12,
    ...changes,
  };
}

export function anOperation(changes: Partial<OperationStatus> = {}): OperationStatus {
  return {
    op: 'op-1',
    kind: 'reload',
    by: 'deploy (zdm reload api)',
    strategy: 'rolling',
    paused: false,
    returning: null,
    canary: null,
    phase: 'running',
    askedAt: NOW - 8_000,
    startedAt: NOW - 8_000,
    endedAt: null,
    from: 16,
    to: 17,
    slots: [],
    steps: [],
    receipt: null,
    failure: null,
    note: null,
    ...changes,
  };
}

export function aSlot(slot: number, phase: SlotProgress['phase'], readyAfter: number | null = null): SlotProgress {
  return {
    slot,
    phase,
    oldPid: 41_000 + slot,
    newPid: phase === 'waiting' ? null : 48_200 + slot,
    readyAfter,
    goneAfter: null,
  };
}

export const RECEIPT: Receipt = {
  replaced: 4,
  slots: 4,
  moved: 131,
  drained: 0,
  told: 0,
  open: 2,
  cut: 0,
  handedOver: 0,
  held: 0,
  longestHold: 0,
  gap: 0,
  requestsOld: 4210,
  requestsNew: 981,
  duration: 14_200,
};

/** A reload of `api` in its middle, and one app in each of the other states that matter. */
export const FLEET: readonly AppStatus[] = [
  anApp(0, 'api', {
    wanted: 4,
    up: 4,
    workers: [
      aWorker(5, 1, { startedAt: NOW - 12_000 }),
      aWorker(3, 2, { generation: 16, stage: 'draining', connections: 9, deadline: NOW + 24_000 }),
      aWorker(6, 2, { stage: 'starting', startedAt: NOW - 2000, cpu: null, memory: null, connections: 0, requests: 0 }),
      aWorker(4, 3, { generation: 16, connections: 131 }),
    ],
    operations: [
      anOperation({
        slots: [
          aSlot(1, 'done', 1400),
          { ...aSlot(2, 'draining', 1300), oldPid: 48_203 },
          aSlot(3, 'starting'),
          aSlot(4, 'waiting'),
        ],
        steps: [
          { at: NOW - 8000, slot: 1, text: 'pid 48205 started' },
          { at: NOW - 6600, slot: 1, text: 'ready after 1.4s, takes new connections' },
          { at: NOW - 6500, slot: 2, text: 'pid 48206 started' },
        ],
      }),
    ],
  }),
  anApp(1, 'web', { workers: [aWorker(1, 1), aWorker(2, 2)], listeners: ['8080', '/run/web.sock'] }),
  anApp(2, 'mailer', {
    state: 'backoff',
    reason: 'exits with exit code 1 after 0.4s, try 14, next in 8s',
    wanted: 1,
    restarts: 14,
    listeners: [],
    lastExit: {
      at: NOW - 3000,
      slot: 1,
      pid: 41_555,
      generation: 3,
      code: 1,
      signal: null,
      uptime: 400,
      lines: ["Error: Cannot find module 'x'", '    at main.js:1:1'],
    },
  }),
  anApp(3, 'payments-thumbnailer-of-the-shop-a', { state: 'stopped', wanted: 2, listeners: [] }),
];

/** The state after these actions, at 80x24. */
export function stateAfter(...actions: readonly Action[]): DashState {
  return actions.reduce(reduce, initialState(NOW, 80, 24));
}

export const FLEET_ACTION: Action = { type: 'snapshot', apps: FLEET, at: NOW };

function aSpec(name: string): AppSpec {
  return {
    ...SPEC_DEFAULTS,
    name,
    script: `/srv/${name}/server.js`,
    args: [],
    cwd: `/srv/${name}`,
    env: {},
    execMode: 'cluster',
    interpreter: null,
    nodeArgs: [],
    instances: 2,
    outFile: `/logs/${name}.out.log`,
    errorFile: `/logs/${name}.err.log`,
  };
}

function utcClock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

// A fleet as a small shop has it: a reload of `api` in its middle, trouble with `mailer`, and the rest in every state.
import type { AppEvent, AppHistory, AppStatus, OperationStatus, OutputLine } from '../../daemon/protocol/model.ts';
import { type DashState, initialState } from '../../ui/state/state.ts';
import { reduce } from '../../ui/state/reducer.ts';
import { anApp, anOperation, aSlot, aWorker, NOW, RECEIPT } from './samples.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MB = 1024 * 1024;

/** What the daemon tells of an app that serves, with `count` workers. */
function serving(
  id: number,
  name: string,
  count: number,
  cpu: number,
  memory: number,
  changes: Partial<AppStatus> = {},
): AppStatus {
  const generation = changes.generation ?? 9;
  const since = changes.since ?? NOW - 3 * DAY - 4 * 60 * MINUTE;
  const workers = Array.from({ length: count }, (_, slot) =>
    aWorker(id * 100 + slot, slot, {
      pid: 52_000 + id * 100 + slot,
      generation,
      startedAt: since - 1400,
      readyAt: since,
      cpu: cpu / count,
      memory: memory / count,
      connections: 12 + slot,
    }),
  );
  return anApp(id, name, { workers, generation, since, ...changes });
}

/** Of four slots two are replaced, one drains, one waits. */
export const RELOAD: OperationStatus = anOperation({
  startedAt: NOW - 9200,
  askedAt: NOW - 9210,
  slots: [
    { ...aSlot(0, 'done', 1391), oldPid: 41_000, newPid: 48_211, goneAfter: 4 },
    { ...aSlot(1, 'done', 1322), oldPid: 41_001, newPid: 48_240, goneAfter: 2212 },
    { ...aSlot(2, 'draining', 1398), oldPid: 41_002, newPid: 48_262 },
    { ...aSlot(3, 'starting'), oldPid: 41_003, newPid: 48_281 },
  ],
  steps: [
    { at: NOW - 9150, slot: 0, text: 'starting generation 17, pid 48211' },
    { at: NOW - 7759, slot: 0, text: 'ready after 1391ms, pid 48211' },
    { at: NOW - 7758, slot: 0, text: 'old worker dismissed, pid 41000, 0 open' },
    { at: NOW - 7754, slot: 0, text: 'old worker gone, pid 41000, exit code 0' },
    { at: NOW - 7750, slot: 1, text: 'starting generation 17, pid 48240' },
    { at: NOW - 6428, slot: 1, text: 'ready after 1322ms, pid 48240' },
    { at: NOW - 6427, slot: 1, text: 'old worker dismissed, pid 41001, 31 open' },
    { at: NOW - 6420, slot: 2, text: 'starting generation 17, pid 48262' },
    { at: NOW - 5022, slot: 2, text: 'ready after 1398ms, pid 48262' },
    { at: NOW - 5021, slot: 2, text: 'old worker dismissed, pid 41002, 44 open' },
    { at: NOW - 4215, slot: 1, text: 'old worker gone, pid 41001, 31 connections moved, exit code 0' },
    { at: NOW - 900, slot: 3, text: 'starting generation 17, pid 48281' },
  ],
});

const EVENTS: readonly AppEvent[] = [
  { at: NOW - 3 * DAY, type: 'exit', slot: 3, pid: 40_112, generation: 15, code: 137, signal: null, uptime: 2 * DAY },
  {
    at: NOW - 96 * MINUTE,
    type: 'operation',
    op: 'op-0',
    kind: 'reload',
    by: 'deploy (zdm reload api)',
    from: 15,
    to: 16,
    reason: null,
    took: 14_200,
    receipt: RECEIPT,
  },
  {
    at: NOW - 31 * MINUTE,
    type: 'operation',
    op: 'op-00',
    kind: 'reload',
    by: 'ada (zdm reload api)',
    from: 16,
    to: 17,
    reason: 'slot 0 was not ready within 10s',
    took: 10_040,
    receipt: { ...RECEIPT, replaced: 0 },
  },
];

/** `api` in the middle of its reload. */
export const API: AppStatus = anApp(0, 'api', {
  wanted: 4,
  up: 4,
  since: NOW - 3 * DAY - 4 * 60 * MINUTE,
  operations: [RELOAD],
  events: EVENTS,
  workers: [
    aWorker(10, 0, { pid: 48_211, startedAt: NOW - 9150, readyAt: NOW - 7759, connections: 118, requests: 940 }),
    aWorker(11, 1, { pid: 48_240, startedAt: NOW - 7750, readyAt: NOW - 6428, connections: 120, requests: 721 }),
    aWorker(3, 2, {
      pid: 41_002,
      generation: 16,
      stage: 'draining',
      deadline: NOW + 24_000,
      startedAt: NOW - 3 * DAY,
      cpu: 4,
      memory: 262 * MB,
      connections: 9,
    }),
    aWorker(12, 2, { pid: 48_262, startedAt: NOW - 6420, readyAt: NOW - 5022, connections: 118, requests: 512 }),
    aWorker(4, 3, { pid: 41_003, generation: 16, startedAt: NOW - 3 * DAY, memory: 261 * MB, connections: 131 }),
    aWorker(13, 3, {
      pid: 48_281,
      stage: 'starting',
      startedAt: NOW - 900,
      readyAt: null,
      deadline: NOW + 9100,
      cpu: null,
      memory: null,
      connections: 0,
      requests: 0,
      lag: null,
      latency: null,
    }),
  ],
});

export const MAILER: AppStatus = anApp(3, 'mailer', {
  state: 'backoff',
  reason: 'exits with exit code 1 after 0.4s, try 14',
  retryAt: NOW + 7600,
  wanted: 1,
  generation: 3,
  since: NOW - 3 * MINUTE,
  restarts: 14,
  listeners: [],
  events: Array.from({ length: 14 }, (_, at): AppEvent => ({
    at: NOW - (14 - at) * 9000,
    type: 'exit',
    slot: 0,
    pid: 41_500 + at,
    generation: 3,
    code: 1,
    signal: null,
    uptime: 400,
  })),
  lastExit: {
    at: NOW - 9000,
    slot: 0,
    pid: 41_513,
    generation: 3,
    code: 1,
    signal: null,
    uptime: 400,
    lines: [
      "Error: Cannot find module './transport'",
      '    at Module._resolve (node:internal)',
      '    at mailer.js:3:19',
    ],
  },
});

export const SHOP: readonly AppStatus[] = [
  API,
  serving(1, 'web', 8, 31, 1433 * MB, { restarts: 2, listeners: ['8080'] }),
  serving(2, 'jobs', 4, 96, 402 * MB, { since: NOW - 19 * 60 * MINUTE, listeners: [] }),
  MAILER,
  serving(4, 'admin', 2, 2, 166 * MB, { generation: 4, since: NOW - 6 * DAY - 60 * MINUTE, listeners: ['9000'] }),
  serving(5, 'billing', 3, 61, 530 * MB, {
    generation: 12,
    wanted: 4,
    state: 'starting',
    restarts: 1,
    since: NOW - 12_000,
  }),
  anApp(6, 'thumbnailer', { state: 'stopped', wanted: 2, generation: 1, listeners: [] }),
];

const TEXTS = [
  ['out', 'GET /orders 200 8ms'],
  ['out', 'GET /orders/77 200 5ms'],
  ['err', 'Warning: slow query 412ms (orders_by_user)'],
  ['out', 'POST /orders 201 22ms'],
  ['out', 'GET /health 200 1ms'],
] as const;

export const OUTPUT: readonly OutputLine[] = Array.from({ length: 40 }, (_, at): OutputLine => {
  const [stream, text] = TEXTS[at % TEXTS.length]!;
  return { app: 'api', stream, text, seq: at + 1, at: NOW - (40 - at) * 400, slot: at % 3, generation: 17 };
});

/** Figures that waver around `base`, and rise to `top` once a minute. */
function aSeries(base: number, top: number, seconds: number): readonly number[] {
  return Array.from({ length: seconds }, (_, index) => {
    const at = 180 - seconds + index;
    const hill = Math.max(0, 1 - Math.abs((at % 60) - 35) / 12);
    return Math.round(base * (0.8 + ((at * 7) % 5) / 20) + (top - base) * hill);
  });
}

/** Figures of an app whose workers share the load evenly. */
function aPast({ name, workers }: AppStatus): AppHistory {
  const total = workers.reduce((sum, worker) => sum + (worker.cpu ?? 0), 0);
  const memory = workers.reduce((sum, worker) => sum + (worker.memory ?? 0), 0);
  const series = (share: number, seconds: number): AppHistory['total'] => ({
    cpu: aSeries(total * share, total * share * 2.2, seconds),
    memory: aSeries(memory * 0.9 * share, memory * 1.15 * share, seconds),
    connections: aSeries(480 * share, 500 * share, seconds),
    requests: aSeries(350 * share, 410 * share, seconds),
    lag: aSeries(4, 61, seconds),
    latency: aSeries(12, 40, seconds),
  });
  const each = 1 / Math.max(1, workers.length);
  return {
    name,
    at: NOW - 500,
    total: series(1, 180),
    workers: workers.map(({ id, startedAt }) => ({
      id,
      ...series(each, Math.max(0, Math.min(180, Math.round((NOW - startedAt) / 1000)))),
    })),
  };
}

/** The dashboard before anything was pressed, at 100x30. */
export function shopState(changes: Partial<DashState> = {}, apps: readonly AppStatus[] = SHOP): DashState {
  const options = { host: 'web-01', cores: 8, memoryTotal: 16 * 1024 * MB };
  const first = initialState(NOW, 100, 30, options);
  const live = reduce(first, { type: 'snapshot', apps, at: NOW });
  const past = apps.filter(({ workers }) => workers.length > 0).map(aPast);
  return { ...reduce(live, { type: 'history', history: past }), ...changes };
}

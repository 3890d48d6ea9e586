// States of every kind from a seed, so that a failure can be repeated.
import { CANARY_DEFAULTS, HEALTH_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import type {
  AppEvent,
  AppState,
  AppStatus,
  CanaryStatus,
  OperationKind,
  OutputLine,
  Series,
  SlotPhase,
  Strategy,
  WorkerStage,
} from '../../daemon/protocol/model.ts';
import type { View } from '../../ui/keys.ts';
import { NO_LOGS } from '../../ui/state/logs.ts';
import type { AppPast, DashState } from '../../ui/state/state.ts';
import { aSlot, aWorker, anApp, anOperation, NOW, RECEIPT, stateAfter } from './samples.ts';

export type Random = () => number;

/** Mulberry32: small, and good enough to reach odd corners. */
export function seeded(seed: number): Random {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

export const NASTY = [
  'api',
  'payments-worker-a-with-a-long-name',
  '支付服务-工人-一号',
  '👩‍👩‍👧‍👦🇪🇺👍🏽 family',
  'e\u0301\u0302a\u0300 combining',
  '\u001B[2J\u001B[H wiped',
  '\u001B]52;c;ZXZpbA==\u0007 clip',
  '\u009B31m eight bit',
  'tab\there\r\nand more',
  '\u202Eright to left\u2066',
  'null\u0000bell\u0007del\u007F',
  'half \uD83D pair',
  '\u2028line\u2029',
  '한국어 ᄀ가가 สวัสดี ก็ Ж',
  'x'.repeat(9000),
  '',
];
const VIEWS: readonly View[] = ['overview', 'app', 'rollout', 'logs', 'events', 'describe'];
const STATES: readonly AppState[] = ['online', 'starting', 'stopping', 'backoff', 'errored', 'stopped', 'unreachable'];
const STAGES: readonly WorkerStage[] = ['starting', 'standby', 'online', 'draining', 'stopping'];
const PHASES: readonly SlotPhase[] = ['waiting', 'starting', 'standby', 'proving', 'draining', 'done', 'failed'];
const STRATEGIES: readonly Strategy[] = ['rolling', 'blue-green', 'canary'];
const KINDS: readonly OperationKind[] = [
  'start',
  'reload',
  'rollback',
  'rehearse',
  'restart',
  'scale',
  'stop',
  'delete',
];

export function randomState(random: Random): DashState {
  const some = (most: number): number => Math.floor(random() * (most + 1));
  const maybe = <T>(value: T): T | null => (random() < 0.5 ? value : null);
  const app = (id: number): AppStatus => {
    const text = (): string => pick(random, NASTY);
    // Very long ones are tried often enough.
    const short = (): string => pick(random, NASTY.slice(0, 8));
    const workers = Array.from({ length: some(random() < 0.1 ? 70 : 5) }, (_, at) =>
      aWorker(at, at, {
        slot: some(9),
        generation: 15 + some(2),
        stage: pick(random, STAGES),
        readyAt: maybe(NOW - some(1e6)),
        startedAt: NOW - some(1e6),
        lag: maybe(some(1e5)),
        latency: maybe(some(1e5)),
        cpu: maybe(random() * 9000),
        memory: maybe(random() * 1e13),
        deadline: maybe(NOW + some(1e6)),
        connections: some(1e9),
        requests: some(1e12),
      }),
    );
    const operations = Array.from({ length: some(2) }, () => {
      const phase = pick(random, ['queued', 'running', 'done', 'failed'] as const);
      return anOperation({
        phase,
        paused: random() < 0.3,
        by: maybe(text()),
        startedAt: phase === 'queued' ? null : NOW - some(1e5),
        from: pick(random, [0, 16, 17]),
        kind: pick(random, KINDS),
        strategy: maybe(pick(random, STRATEGIES)),
        returning: random() < 0.2 ? short() : null,
        canary: random() < 0.3 ? randomCanary(random, short()) : null,
        endedAt: phase === 'done' || phase === 'failed' ? NOW - some(1e5) : null,
        slots: Array.from({ length: some(random() < 0.1 ? 1024 : 6) }, (_, at) => ({
          ...aSlot(at, pick(random, PHASES), maybe(some(1e5))),
          oldPid: maybe(48_200 + some(5)),
          newPid: maybe(48_200 + some(5)),
          goneAfter: maybe(some(1e5)),
        })),
        steps: Array.from({ length: some(30) }, () => ({ at: NOW, slot: maybe(some(9)), text: text() })),
        receipt: maybe({ ...RECEIPT, held: some(9), cut: some(3), told: some(2), drained: some(2), gap: some(2) }),
        failure: maybe({ slot: maybe(1), reason: text(), lines: [text(), text()] }),
        note: maybe(text()),
      });
    });
    return anApp(id, `${text()}${id}`, {
      workers,
      operations,
      state: pick(random, STATES),
      reason: maybe(text()),
      listeners: random() < 0.5 ? [] : ['3000', text()],
      waiting: some(3),
      retryAt: maybe(NOW + some(1e5) - 1000),
      spec: {
        ...anApp(id, 'x').spec,
        execMode: pick(random, ['cluster', 'fork'] as const),
        strategy: pick(random, STRATEGIES),
        surge: { unit: pick(random, ['count', 'percent'] as const), value: 1 + some(99) },
        minReady: some(1e5),
        health: maybe({ ...HEALTH_DEFAULTS, path: short(), port: maybe(short()) }),
        canary: maybe({ ...CANARY_DEFAULTS, maxLatencyRatio: maybe(2) }),
      },
      release: maybe({ generation: 17, script: short(), startedAt: NOW - some(1e9) }),
      previous: maybe({
        generation: 15 + some(2),
        script: short(),
        startedAt: NOW - some(1e9),
        warmUntil: maybe(NOW + some(1e5) - 1000),
      }),
      events: Array.from({ length: some(30) }, () => randomEvent(random)),
      lastExit: maybe({
        at: NOW,
        slot: 1,
        pid: 1,
        generation: 1,
        code: maybe(1),
        signal: maybe('SIGKILL'),
        uptime: 5,
        lines: [text(), text()],
      }),
    });
  };
  const apps = Array.from({ length: some(12) }, (_, id) => app(id));
  const selected = apps.length === 0 ? null : pick(random, apps).name;
  return {
    ...stateAfter({ type: 'snapshot', apps, at: NOW }),
    trail: [
      { view: 'overview', row: 0, pane: 0 },
      { view: pick(random, VIEWS), row: some(80), pane: some(2) },
    ],
    selected,
    history: new Map(apps.filter(() => random() < 0.7).map((one) => [one.name, randomHistory(random, one)])),
    logs: {
      ...NO_LOGS,
      apps: selected === null || random() < 0.5 ? [] : [selected],
      lines: Array.from({ length: some(60) }, (_, seq) => randomLine(random, seq, selected ?? '')),
    },
    frozen: random() < 0.1 ? { apps, history: new Map(), now: NOW } : null,
    cores: some(64),
    memoryTotal: some(1e13),
    readOnly: random() < 0.2,
    marked: new Set(apps.filter(() => random() < 0.3).map(({ name }) => name)),
    folds: new Map(apps.filter(() => random() < 0.6).map(({ name }) => [name, random() < 0.5])),
    filter: random() < 0.2 ? pick(random, ['a', 'on', '支']) : '',
    sort: pick(random, ['id', 'name', 'state', 'cpu', 'memory', 'restarts', 'up'] as const),
    reverse: random() < 0.3,
    host: pick(random, NASTY),
    notice: maybe({ text: pick(random, NASTY), tone: 'bad', at: NOW }),
    link: {
      phase: pick(random, ['connecting', 'live', 'lost'] as const),
      since: NOW - some(1e6),
      tries: some(50),
      retryAt: maybe(NOW + some(5000)),
      heardAt: maybe(NOW - some(1e6)),
      reason: maybe(pick(random, NASTY)),
    },
  };
}

function randomCanary(random: Random, reason: string): CanaryStatus {
  const some = (most: number): number => Math.floor(random() * (most + 1));
  const cohort = (): CanaryStatus['old'] => {
    const requests = some(random() < 0.3 ? 0 : 1e9);
    return { requests, errors: Math.min(requests, some(50)), latency: random() < 0.5 ? null : random() * 1e5 };
  };
  return {
    workers: some(5),
    percent: random() * 100,
    until: random() < 0.3 ? null : NOW + some(1e5) - 1000,
    old: cohort(),
    fresh: cohort(),
    verdict: pick(random, [null, 'pass', 'fail', 'inconclusive'] as const),
    reason: random() < 0.5 ? null : reason,
  };
}

function randomEvent(random: Random): AppEvent {
  const at = NOW - Math.floor(random() * 1e9);
  const some = (most: number): number => Math.floor(random() * (most + 1));
  if (random() < 0.5) {
    const exit = { slot: some(9), pid: some(4e6), generation: some(99), uptime: some(1e9) };
    return { at, type: 'exit', ...exit, code: random() < 0.5 ? null : some(255), signal: pick(random, NASTY) };
  }
  return {
    at,
    type: 'operation',
    op: 'op',
    kind: pick(random, KINDS),
    by: random() < 0.5 ? null : pick(random, NASTY),
    from: some(20),
    to: some(20),
    reason: random() < 0.5 ? null : pick(random, NASTY),
    took: some(1e6),
    receipt: random() < 0.5 ? null : RECEIPT,
  };
}

/** Of some workers there is none, and of others more than the app has. */
function randomHistory(random: Random, { name, workers }: AppStatus): AppPast {
  const values = (most: number): readonly (number | null)[] =>
    Array.from({ length: Math.floor(random() * 181) }, () => (random() < 0.1 ? null : random() * most));
  const series = (): Series => ({
    cpu: values(900),
    memory: values(1e12),
    connections: values(1e4),
    requests: values(1e6),
    lag: values(1e4),
    latency: values(1e4),
  });
  const known = [...workers.filter(() => random() < 0.5).map(({ id }) => id), 4711];
  return {
    name,
    at: NOW - Math.floor(random() * 1e4),
    counted: new Map(),
    total: series(),
    workers: known.map((id) => ({ id, ...series() })),
  };
}

function randomLine(random: Random, seq: number, app: string): OutputLine {
  return {
    app: random() < 0.8 ? app : 'another',
    stream: random() < 0.5 ? 'out' : 'err',
    text: pick(random, NASTY),
    seq,
    at: random() < 0.3 ? null : NOW - seq,
    slot: random() < 0.3 ? null : seq,
    generation: null,
  };
}

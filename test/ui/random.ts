// States of every kind from a seed, so that a failure can be repeated.
import type { AppState, AppStatus, SlotPhase, WorkerStage } from '../../daemon/protocol/model.ts';
import type { DashState } from '../../ui/state/state.ts';
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

const NASTY = [
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
const STATES: readonly AppState[] = ['online', 'starting', 'stopping', 'backoff', 'errored', 'stopped', 'unreachable'];
const STAGES: readonly WorkerStage[] = ['starting', 'online', 'draining', 'stopping'];
const PHASES: readonly SlotPhase[] = ['waiting', 'starting', 'draining', 'done', 'failed'];

export function randomState(random: Random): DashState {
  const some = (most: number): number => Math.floor(random() * (most + 1));
  const maybe = <T>(value: T): T | null => (random() < 0.5 ? value : null);
  const app = (id: number): AppStatus => {
    const text = (): string => pick(random, NASTY);
    const workers = Array.from({ length: some(random() < 0.1 ? 70 : 5) }, (_, at) =>
      aWorker(at, at, {
        stage: pick(random, STAGES),
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
        kind: pick(random, ['start', 'reload', 'restart', 'scale', 'stop', 'delete'] as const),
        endedAt: phase === 'done' || phase === 'failed' ? NOW - some(1e5) : null,
        slots: Array.from({ length: some(random() < 0.1 ? 70 : 6) }, (_, at) =>
          aSlot(at, pick(random, PHASES), maybe(some(1e5))),
        ),
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
  return {
    ...stateAfter({ type: 'snapshot', apps, at: NOW }),
    view: random() < 0.5 ? 'overview' : 'app',
    selected: apps.length === 0 ? null : pick(random, apps).name,
    worker: some(80),
    collapsed: new Set(apps.filter(() => random() < 0.3).map(({ name }) => name)),
    sort: pick(random, ['id', 'name', 'cpu', 'memory', 'restarts'] as const),
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

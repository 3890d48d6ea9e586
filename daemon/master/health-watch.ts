// Asks workers how they are: before they get traffic, until they are healthy and warm; and from then on for as long as they serve.
import { HEALTH_DEFAULTS } from '../protocol/defaults.ts';
import type { AppSpec, Health } from '../protocol/spec.ts';
import { isProbed } from '../rollout/policy.ts';
import { isGood, judge, NO_ANSWER } from './health-row.ts';
import { isOurs, isPlace } from './place-match.ts';
import { probe, type Asked } from './probe.ts';

type HealthSpec = Pick<AppSpec, 'health' | 'warmup'>;

/** What the watch needs of a worker; in the master a WorkerHandle. */
export interface Watched extends Asked {
  readonly id: number;
  readonly admitted: boolean;
  /** Keys of the places where it listens. */
  readonly listening: readonly string[];
}

export interface HealthEvents {
  /** A new worker was asked: it is healthy and warm (once), or (`why` says it) not yet. */
  checked(worker: number, healthy: boolean, why: string | null): void;
  /** A serving worker has failed as often in a row as its description allows. */
  failed(worker: number, why: string): void;
}

export class HealthWatch {
  private readonly events: HealthEvents;
  private readonly ask: typeof probe;
  private readonly rounds = new Map<number, Round>();

  constructor(events: HealthEvents, ask: typeof probe = probe) {
    this.events = events;
    this.ask = ask;
  }

  /** It listens somewhere (more) now. Asking begins when that is the place to ask at. */
  listening(worker: Watched, spec: HealthSpec): void {
    if (this.rounds.has(worker.id) || !isProbed(spec)) return;
    const wanted = spec.health?.port ?? null;
    const key = worker.listening.find((one) => (wanted === null ? isOurs(one) : isPlace(one, wanted)));
    if (key === undefined) return;
    const round = new Round(worker, key, spec, this.events, this.ask);
    this.rounds.set(worker.id, round);
    if (worker.admitted) round.live();
    else round.begin();
  }

  /** It takes connections: from now on it is about whether it still can. Also after it was dismissed and taken back. */
  admitted(worker: Pick<Watched, 'id'>): void {
    this.rounds.get(worker.id)?.live();
  }

  /** It takes no connections any more, and is asked nothing. */
  dismissed(worker: Pick<Watched, 'id'>): void {
    this.rounds.get(worker.id)?.stop();
  }

  /** Its process has ended. */
  gone(worker: Pick<Watched, 'id'>): void {
    this.dismissed(worker);
    this.rounds.delete(worker.id);
  }
}

/** The questions to one worker, one at a time. */
class Round {
  private readonly worker: Watched;
  private readonly key: string;
  private readonly spec: HealthSpec;
  private readonly events: HealthEvents;
  private readonly ask: typeof probe;
  /** Ends what goes on now: questions, and pauses between them. */
  private course = new AbortController();

  constructor(worker: Watched, key: string, spec: HealthSpec, events: HealthEvents, ask: typeof probe) {
    this.worker = worker;
    this.key = key;
    this.spec = spec;
    this.events = events;
    this.ask = ask;
  }

  begin(): void {
    void this.prepare(this.renew());
  }

  live(): void {
    const { health } = this.spec;
    const { signal } = this.renew();
    if (health) void this.survive(health, signal);
  }

  stop(): void {
    this.course.abort();
  }

  private renew(): AbortController {
    this.stop();
    this.course = new AbortController();
    return this.course;
  }

  private async prepare({ signal }: AbortController): Promise<void> {
    const { health, warmup } = this.spec;
    if (health) await this.heal(health, signal);
    const { timeout, headers } = health ?? HEALTH_DEFAULTS;
    for (const path of warmup) {
      if (signal.aborted) return;
      await this.ask(this.worker, this.key, { path, timeout, headers }, signal);
    }
    if (!signal.aborted) this.events.checked(this.worker.id, true, null);
  }

  /** Resolves when it is healthy. Nothing makes it unhealthy for good: how long it may take is not decided here. */
  private async heal(health: Health, signal: AbortSignal): Promise<void> {
    const need = { successes: health.successes, failures: Infinity };
    let row = NO_ANSWER;
    while (!signal.aborted) {
      const { good, why, next } = await this.look(health, signal);
      if (signal.aborted) return;
      const judged = judge(row, good, need);
      if (judged.verdict === 'healthy') return;
      row = judged.row;
      if (why !== null) this.events.checked(this.worker.id, false, why);
      await pause(next, signal);
    }
  }

  private async survive(health: Health, signal: AbortSignal): Promise<void> {
    let row = NO_ANSWER;
    let wait = health.interval;
    for (;;) {
      await pause(wait, signal);
      if (signal.aborted) return;
      const { good, why, next } = await this.look(health, signal);
      // Also in that turn: it may have been dismissed meanwhile.
      if (signal.aborted) return;
      const judged = judge(row, good, { successes: 1, failures: health.failures });
      row = judged.row;
      wait = next;
      if (judged.verdict === 'unhealthy') this.events.failed(this.worker.id, why ?? '');
    }
  }

  /** One question. `next`: how long (ms) until the one after it. */
  private async look(
    { path, headers, timeout, status, interval }: Health,
    signal: AbortSignal,
  ): Promise<{ good: boolean | null; why: string | null; next: number }> {
    const began = performance.now();
    const answer = await this.ask(this.worker, this.key, { path, headers, timeout }, signal);
    const next = Math.max(0, interval - (performance.now() - began));
    if (!answer.ok) return { good: answer.unasked ? null : false, why: answer.why, next };
    const good = isGood(answer.status, status);
    return { good, why: good ? null : `GET ${path} answered ${answer.status}`, next };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

// An app on a stage: events go in as method calls, what the machine wants done comes out as short lines.
// Time moves only when a scenario says so, and then with a tick at every deadline on the way.
import type { ControlAction } from '../../daemon/protocol/contract.ts';
import type { Cohort } from '../../daemon/protocol/model.ts';
import { controllable } from '../../daemon/rollout/control.ts';
import { createMachine, nextDeadline, step } from '../../daemon/rollout/machine.ts';
import { appState } from '../../daemon/rollout/status.ts';
import type { Effect, Event, Machine, Policy, Request } from '../../daemon/rollout/types.ts';

export const POLICY: Policy = {
  execMode: 'cluster',
  waitReady: false,
  listenTimeout: 10_000,
  killTimeout: 4_000,
  drainTimeout: 30_000,
  autorestart: true,
  stopExitCodes: [],
  maxRestarts: 3,
  restartWindow: 900_000,
  minUptime: 1_000,
  restartDelay: 0,
  throttle: null,
  strategy: 'rolling',
  surge: { unit: 'count', value: 1 },
  minReady: 0,
  progressDeadline: 600_000,
  bake: 0,
  canary: null,
  probed: false,
  awaited: false,
};

const BOOT = 1_000_000;

type EventBody = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;
export type Asked = Partial<Omit<Request, 'kind'>>;

export class Stage {
  machine: Machine;
  now = BOOT;

  constructor(policy: Partial<Policy> = {}, instances = 1) {
    this.machine = deepFreeze(createMachine({ ...POLICY, ...policy }, instances));
  }

  /** An app whose workers #1 to #n are online in slots 0 to n-1 for longer than `minUptime`. */
  static serving(instances: number, policy: Partial<Policy> = {}): Stage {
    const stage = new Stage(policy, instances);
    stage.ask('start');
    for (let id = 1; id <= instances; id += 1) {
      if (policy.waitReady) stage.ready(id);
      else if (policy.execMode !== 'fork') stage.listening(id);
    }
    stage.wait(60_000);
    return stage;
  }

  ask(
    kind: Request['kind'],
    { op = kind, instances = null, slot = null, policy = null, room = null, patient = false }: Asked = {},
  ): string[] {
    return this.event({ type: 'command', request: { op, kind, instances, slot, policy, room, patient } });
  }

  /** Steers the rollout; `nothing to do` comes first where the machine says so. */
  control(action: ControlAction, by: string | null = null): string[] {
    const nothing = controllable(this.machine, action) === null ? ['nothing to do'] : [];
    return [...nothing, ...this.event({ type: 'control', action, by })];
  }

  listening(...workers: number[]): string[] {
    return workers.flatMap((worker) => this.event({ type: 'listening', worker }));
  }

  ready(...workers: number[]): string[] {
    return workers.flatMap((worker) => this.event({ type: 'ready', worker }));
  }

  /** A health check of each, and what it said when it was bad. */
  checked(why: string | null, ...workers: number[]): string[] {
    return workers.flatMap((worker) => this.event({ type: 'checked', worker, healthy: why === null, why }));
  }

  /** It uses more than it may. */
  exceeded(worker: number, why: string): string[] {
    return this.event({ type: 'exceeded', worker, why });
  }

  /** Its code is gone from disk. */
  missing(worker: number, why: string): string[] {
    return this.event({ type: 'missing', worker, why });
  }

  /** Answers of the old and the new code since the canary began to bake. */
  measured(old: Cohort, fresh: Cohort): string[] {
    return this.event({ type: 'measured', old, fresh });
  }

  /** No request in flight and no connection left. */
  empty(...workers: number[]): string[] {
    return workers.flatMap((worker) => this.event({ type: 'settled', worker, empty: true }));
  }

  /** No request in flight, but connections that stay open. */
  idle(...workers: number[]): string[] {
    return workers.flatMap((worker) => this.event({ type: 'settled', worker, empty: false }));
  }

  /** Its idle connections may count on this time (ms). */
  promised(worker: number, ms: number): string[] {
    return this.event({ type: 'promised', worker, ms });
  }

  /** They have ended while no master was there. */
  absent(...workers: number[]): string[] {
    return workers.flatMap((worker) => this.event({ type: 'absent', worker }));
  }

  /** For this time (ms) no master is there, and so nothing happens. */
  masterless(ms: number): void {
    this.now += ms;
  }

  /** `why` as `code 1` or `signal SIGTERM`. */
  exit(worker: number, why = 'code 1', random = 0): string[] {
    const code = /^code (\d+)$/.exec(why)?.[1];
    return this.event({ type: 'exit', worker, code: code === undefined ? null : Number(code), why, random });
  }

  /** There was no room for its process. */
  unstarted(worker: number, why = 'no room'): string[] {
    return this.event({ type: 'unstarted', worker, why });
  }

  /** The workers have been told to stop, and end. */
  gone(...workers: number[]): string[] {
    return workers.flatMap((worker) => this.exit(worker, 'signal SIGTERM'));
  }

  /** Lets `ms` pass; what happened, each line with the time since now (`+4000 kill #1`). */
  wait(ms: number): string[] {
    const from = this.now;
    const lines: string[] = [];
    for (let next = this.deadline(); next !== null && next <= from + ms; next = this.deadline()) {
      this.now = next;
      for (const line of this.event({ type: 'tick' })) lines.push(`+${this.now - from} ${line}`);
    }
    this.now = from + ms;
    return lines;
  }

  /** The time (ms) until the machine wants to be woken. */
  get wakesIn(): number | null {
    const next = this.deadline();
    return next === null ? null : next - this.now;
  }

  /** The workers, each as `#id slot/generation stage`. */
  get workers(): string[] {
    return this.machine.workers.map(({ id, slot, generation, stage }) => `#${id} ${slot}/${generation} ${stage}`);
  }

  get state(): string {
    const { state, reason, retryAt } = appState(this.machine, this.now);
    const why = reason === null ? state : `${state}: ${reason}`;
    return retryAt === null ? why : `${why}; again at +${retryAt - this.now}`;
  }

  private deadline(): number | null {
    return nextDeadline(this.machine, this.now);
  }

  private event(body: EventBody): string[] {
    const { state, effects } = step(this.machine, deepFreeze<Event>({ ...body, at: this.now }));
    this.machine = deepFreeze(state);
    return effects.map(line);
  }
}

function line(effect: Effect): string {
  switch (effect.type) {
    case 'begin':
      return `begin ${effect.operation.request.op}`;
    case 'fork':
      return `fork #${effect.worker} ${effect.slot}/${effect.generation}`;
    case 'drain':
      return `drain #${effect.worker} ${effect.parting}${effect.kept ? ', kept' : ''}`;
    case 'switch':
      return 'switch';
    case 'alarm':
      return `alarm: ${effect.reason}`;
    case 'standby':
    case 'admit':
    case 'readmit':
    case 'signal':
    case 'kill':
      return `${effect.type} #${effect.worker}`;
    case 'end': {
      const outcome = effect.refusal ? `failed: ${effect.refusal.reason}` : 'done';
      return `end ${effect.op} ${outcome}${effect.note === null ? '' : ` (${effect.note})`}`;
    }
  }
}

/** The machine must not change what it is given: whatever tries throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

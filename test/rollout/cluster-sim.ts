// An app with workers that boot, serve, crash, hang and linger as a seed says, and a user who interferes at random. It carries
// out what the machine decides, and has every step watched (invariants.ts). In every other story masters are killed, too: the next one
// goes on with what is written down. The same seed gives the same story.
import { isDeepStrictEqual } from 'node:util';
import type { ControlAction } from '../../daemon/protocol/contract.ts';
import { createMachine, nextDeadline, step } from '../../daemon/rollout/machine.ts';
import type { CanaryPlan, Cohort, Strategy } from '../../daemon/protocol/model.ts';
import type { Effect, Event, Machine, Policy, Request } from '../../daemon/rollout/types.ts';
import { Chance } from './chance.ts';
import { Watch } from './invariants.ts';
import { deepFreeze } from './stage.ts';

/** After this time (ms) the user is silent and every worker behaves, so that the story comes to an end. */
const TROUBLE = 90_000;
/** More steps than any story needs. */
const STEP_LIMIT = 5_000;
const TICKS_PER_SECOND = 60;
/** Between two events. */
const MASTER_DIES = 0.03;

const ACTIONS: readonly ControlAction[] = ['abort', 'pause', 'pause', 'resume', 'finish'];
const KINDS = [
  'reload',
  'reload',
  'reload',
  'reload',
  'rollback',
  'rollback',
  'rehearse',
  'restart',
  'replace',
  'replace',
  'scale',
  'scale',
  'start',
  'stop',
  'delete',
] as const;

/** How the code of one generation behaves. */
type Code = 'good' | 'dies at boot' | 'never ready' | 'unhealthy' | 'greedy' | 'crashes' | 'ends' | 'errs' | 'mixed';

type Happening = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;

interface Pending {
  readonly at: number;
  readonly event: Event;
}

export class ClusterSim {
  readonly watch: Watch;
  /** What happened, for a failure's message. */
  readonly story: string[] = [];
  private machine: Machine;
  private now = 1_000_000;
  private readonly end = this.now + TROUBLE;
  private readonly chance: Chance;
  private readonly server: boolean;
  private pending: Pending[] = [];
  private readonly codes = new Map<number, Code>();
  private readonly gone = new Set<number>();
  private ticks: number[] = [];
  private alarms = 0;
  private readonly isGuarded: boolean;
  private readonly losesMasters: boolean;

  constructor(seed: number) {
    this.isGuarded = seed % 8 < 2;
    this.losesMasters = seed % 2 === 0;
    this.chance = new Chance(seed);
    this.server = this.chance.happens(0.8);
    const policy = this.policy(this.chance.happens(0.2) ? 'fork' : 'cluster');
    this.machine = deepFreeze(createMachine(policy, this.chance.from(1, 4)));
    this.watch = new Watch(policy);
    this.command(this.now, 'start', 0, this.chance.happens(0.2));
    const commands = this.chance.from(1, 8);
    for (let index = 1; index <= commands; index += 1) {
      const kind = this.chance.pick(KINDS);
      const at = this.now + this.chance.from(0, TROUBLE * 0.8);
      this.command(at, kind, index, false);
      // Most rollouts are over soon: who steers them comes soon.
      for (let rest = this.chance.from(0, 2); rest > 0; rest -= 1)
        this.control(at + this.chance.from(0, this.chance.pick([100, 1_000, 10_000])), this.chance.pick(ACTIONS));
    }
    // Nobody leaves a rollout paused for ever.
    this.control(this.end, this.chance.pick(['abort', 'resume']));
  }

  run(): void {
    for (let steps = 0; this.advance(); steps += 1) {
      if (steps > STEP_LIMIT) throw new Error('it does not come to rest');
    }
    this.watch.atRest(this.machine);
  }

  /** Lets the next thing happen; false when nothing will any more. */
  private advance(): boolean {
    if (this.losesMasters && this.now < this.end && this.chance.happens(MASTER_DIES)) this.loseMaster();
    const deadline = nextDeadline(this.machine, this.now);
    if (deadline !== null && deadline <= this.now) throw new Error('a deadline that has passed');
    this.pending.sort((one, other) => one.at - other.at);
    const next = this.pending[0];
    if (next && (deadline === null || next.at < deadline)) {
      this.pending.shift();
      this.step(next.event);
      return true;
    }
    if (deadline === null) return false;
    this.ticks = [...this.ticks.filter((at) => at > deadline - 1_000), deadline];
    if (this.ticks.length > TICKS_PER_SECOND) throw new Error('it ticks without getting on');
    this.step({ type: 'tick', at: deadline });
    return true;
  }

  private step(event: Event): void {
    this.now = event.at;
    if (event.type === 'exit' || event.type === 'unstarted' || event.type === 'missing' || event.type === 'absent') {
      if (this.gone.has(event.worker)) return;
      this.gone.add(event.worker);
    }
    const what = event.type === 'control' ? event.action : event.type;
    this.story.push(`${event.at - 1_000_000} ${'worker' in event ? `#${event.worker} ` : ''}${what}`);
    const before = this.machine;
    const { state, effects } = step(before, deepFreeze(event));
    this.machine = this.guarded(state);
    for (const effect of effects) {
      this.story.push(`    ${JSON.stringify(effect)}`);
      this.carryOut(effect);
    }
    this.watch.stepped(before, event, effects, state);
    this.measureSoon();
  }

  /**
   * The master is killed. The next one has the machine as the journal carries it, and hears of what happened meanwhile when it is there;
   * some workers are not there any more, and of those nothing is heard.
   */
  private loseMaster(): void {
    const { chance, machine } = this;
    const written = JSON.parse(JSON.stringify(machine)) as Machine;
    if (this.isGuarded && !isDeepStrictEqual(written, machine)) throw new Error('the journal does not carry all of it');
    this.machine = this.guarded(written);
    const masterless = chance.pick([0, 20, 700, 4_000]);
    this.now += masterless;
    this.watch.masterless(masterless);
    this.story.push(`${this.now - 1_000_000} another master, after ${masterless} ms`);
    const share = chance.pick([0, 0.2, 0.5, 1]);
    const absent = machine.workers.filter(({ id }) => !this.gone.has(id) && chance.happens(share)).map(({ id }) => id);
    this.pending = this.pending
      .filter(({ event }) => !('worker' in event && absent.includes(event.worker)))
      .map(({ at, event }) => ({ at: Math.max(at, this.now), event: { ...event, at: Math.max(at, this.now) } }));
    for (const worker of absent) this.step({ type: 'absent', at: this.now, worker });
    this.step({ type: 'tick', at: this.now });
  }

  /** Freezing everything takes as long as the rest: whether a step changes what it is given some stories tell as well as all. */
  private guarded(state: Machine): Machine {
    return this.isGuarded ? deepFreeze(state) : state;
  }

  /** Once a second, as a master does while a canary bakes. */
  private measureSoon(): void {
    const { canary } = this.machine.operation ?? {};
    if (
      canary?.verdict === 'inconclusive' &&
      this.now >= this.end &&
      this.pending.every(({ event }) => event.type !== 'control')
    )
      return this.control(this.now + 1_000, 'resume');
    if (!canary || canary.until === null || canary.verdict !== null) return;
    if (this.pending.some(({ event }) => event.type === 'measured')) return;
    const { chance } = this;
    const at = this.now + 1_000;
    const speed = this.now < this.end ? chance.pick([0, 0, 20, 20, 20]) : 20;
    const code = this.codes.get(this.machine.operation!.to);
    const errors = code === 'errs' && this.now < this.end ? 0.5 : 0;
    const cohort = (share: number, part: number): Cohort => {
      const requests = Math.round(share * speed * chance.from(1, 10));
      return { requests, errors: Math.round(requests * part), latency: requests > 0 ? chance.from(1, 20) : null };
    };
    this.pending.push({ at, event: { type: 'measured', at, old: cohort(3, 0), fresh: cohort(1, errors) } });
  }

  private carryOut(effect: Effect): void {
    const { chance } = this;
    switch (effect.type) {
      case 'fork':
        return this.boot(effect.worker, effect.generation);
      case 'alarm':
        this.alarms += 1;
        return this.command(this.now, 'rollback', 100 + this.alarms, false);
      case 'drain': {
        const settled = chance.pick([0, 20, 900, 7_000, 50_000]) + chance.from(0, 100);
        this.later(settled, { type: 'settled', worker: effect.worker, empty: chance.happens(0.5) });
        if (chance.happens(0.7))
          this.later(settled + chance.from(0, 40_000), { type: 'settled', worker: effect.worker, empty: true });
        return;
      }
      case 'signal':
        if (chance.happens(0.8)) this.exit(chance.from(0, 3_000), effect.worker, 'signal SIGTERM');
        return;
      case 'kill':
        return this.exit(chance.from(0, 50), effect.worker, 'signal SIGKILL');
      case 'admit':
      case 'standby':
      case 'readmit':
      case 'switch':
      case 'begin':
      case 'end':
        return;
    }
  }

  private boot(worker: number, generation: number): void {
    const { chance } = this;
    if (this.now < this.end && chance.happens(0.02)) return this.unstarted(worker);
    if (this.machine.operation?.returning && chance.happens(0.15)) return this.missing(worker);
    const boot = chance.pick([1, 300, 2_500]) + chance.from(0, 200);
    switch (this.codeOf(generation)) {
      case 'dies at boot':
        return this.exit(boot, worker, 'code 1');
      case 'crashes':
        this.exit(boot + chance.from(1, 3_000), worker, 'code 7');
        break;
      case 'ends':
        this.exit(chance.from(1, boot + 3_000), worker, 'code 0');
        break;
      case 'never ready':
        return;
      case 'greedy':
        this.soon(boot / 2, { type: 'exceeded', worker, why: 'used too much' });
        break;
      case 'unhealthy':
        if (this.server) this.soon(boot, { type: 'listening', worker });
        return this.soon(boot + 50, { type: 'checked', worker, healthy: false, why: 'answered 500' });
      case 'good':
      case 'errs':
      case 'mixed':
        if (this.now < this.end && chance.happens(0.1)) this.exit(chance.from(0, 60_000), worker, 'signal SIGSEGV');
    }
    if (this.server) this.later(boot, { type: 'listening', worker });
    this.later(boot + chance.from(0, 20), { type: 'ready', worker });
    this.soon(boot + chance.from(0, 900), { type: 'checked', worker, healthy: true, why: null });
  }

  private codeOf(generation: number): Code {
    if (this.now >= this.end) return 'good';
    const codes: Code[] = [
      ...(['good', 'good', 'good', 'good', 'mixed', 'mixed', 'dies at boot', 'never ready', 'crashes'] as const),
      ...(['ends', 'unhealthy', 'greedy', 'errs', 'errs', 'errs'] as const),
    ];
    if (!this.codes.has(generation)) this.codes.set(generation, this.chance.pick(codes));
    const code = this.codes.get(generation)!;
    return code === 'mixed' ? this.chance.pick(codes) : code;
  }

  private later(
    delay: number,
    event: { type: 'listening' | 'ready' | 'settled'; worker: number; empty?: boolean },
  ): void {
    const at = this.now + delay;
    this.pending.push({ at, event: { ...event, at } as Event });
  }

  private soon(delay: number, event: Happening): void {
    const at = this.now + Math.round(delay);
    this.pending.push({ at, event: { ...event, at } });
  }

  private missing(worker: number): void {
    this.pending.push({ at: this.now, event: { type: 'missing', at: this.now, worker, why: 'it is gone' } });
  }

  private unstarted(worker: number): void {
    this.pending.push({ at: this.now, event: { type: 'unstarted', at: this.now, worker, why: 'no room' } });
  }

  private exit(delay: number, worker: number, why: string): void {
    const at = this.now + delay;
    const code = /^code (\d+)$/.exec(why)?.[1];
    const event = { type: 'exit', at, worker, code: code === undefined ? null : Number(code), why } as const;
    this.pending.push({ at, event: { ...event, random: this.chance.real() } });
  }

  private command(at: number, kind: Request['kind'], index: number, patient: boolean): void {
    const { chance } = this;
    const slot = kind === 'replace' ? chance.from(0, 4) : null;
    const instances = kind === 'scale' || (slot === null && chance.happens(0.2)) ? chance.from(1, 5) : null;
    const renewed = slot === null && chance.happens(0.2);
    const policy = renewed ? this.policy(this.machine?.policy.execMode ?? 'cluster') : null;
    const room = chance.happens(0.15) ? { workers: chance.from(0, 3), figures: '12 MB are free' } : null;
    const request = { op: `${kind}-${index}`, kind, instances, slot, policy, room, patient };
    this.pending.push({ at, event: { type: 'command', at, request } });
  }

  private control(at: number, action: ControlAction): void {
    this.pending.push({ at, event: { type: 'control', at, action, by: null } });
  }

  private rollouts(
    strategy: Strategy,
  ): Pick<Policy, 'strategy' | 'canary' | 'surge' | 'minReady' | 'bake' | 'progressDeadline' | 'probed' | 'awaited'> {
    const { chance } = this;
    return {
      strategy,
      surge: chance.pick([
        { unit: 'count', value: 1 },
        { unit: 'count', value: 2 },
        { unit: 'percent', value: 50 },
      ]),
      minReady: chance.pick([0, 0, 400, 3_000]),
      progressDeadline: chance.pick([0, 5_000, 600_000]),
      bake: chance.pick([0, 4_000, 20_000]),
      probed: this.server && chance.happens(0.3),
      awaited: this.server && chance.happens(0.2),
      canary: strategy === 'canary' ? this.canary() : null,
    };
  }

  private canary(): CanaryPlan {
    const { chance } = this;
    const share = chance.pick([
      { unit: 'count', value: 1 },
      { unit: 'count', value: 2 },
      { unit: 'percent', value: 10 },
    ] as const);
    const limits = {
      maxErrorRate: 0.1,
      maxLatencyRatio: chance.pick([null, 2]),
      minRequests: chance.pick([0, 10, 50]),
    };
    return { share, bake: chance.pick([0, 3_000, 10_000]), ...limits };
  }

  private policy(execMode: Policy['execMode']): Policy {
    const { chance } = this;
    const strategy = chance.pick(['rolling', 'rolling', 'rolling', 'blue-green', 'canary'] as const);
    return {
      execMode,
      ...this.rollouts(strategy),
      waitReady: chance.happens(0.3),
      listenTimeout: chance.pick([300, 3_000, 10_000]),
      killTimeout: chance.pick([0, 500, 5_000]),
      drainTimeout: chance.pick([0, 2_000, 30_000]),
      autorestart: chance.happens(0.85),
      stopExitCodes: chance.pick([[], [], [0], [0, 7]]),
      maxRestarts: chance.pick([0, 1, 3, 8]),
      restartWindow: chance.pick([0, 2_000, 900_000]),
      minUptime: chance.pick([1, 1_000]),
      restartDelay: chance.pick([0, 0, 700]),
      throttle: chance.pick([null, null, { first: 1_000, most: 8_000 }]),
    };
  }
}

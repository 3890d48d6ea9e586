// What must hold whatever happens. Watches each step of a machine and throws where a promise is broken.
import { controllable } from '../../daemon/rollout/control.ts';
import { isLive } from '../../daemon/rollout/fleet.ts';
import { step } from '../../daemon/rollout/machine.ts';
import type { Effect, Event, Machine, Operation, Policy, Worker } from '../../daemon/rollout/types.ts';

/** What has been done to a worker so far. */
interface Life {
  admitted: boolean;
  drained: boolean;
  kept: boolean;
  signalled: boolean;
  killed: boolean;
  gone: boolean;
}

interface Running {
  readonly operation: Operation;
  since: number;
  /** Slots that had a serving worker when it began, and of which none has crashed since. */
  readonly healthy: Set<number>;
  /** A kill limit of the settings that were in force when it began. */
  readonly stopLimit: number;
}

type Steering = Extract<Event, { type: 'control' }>;

const MOST_SLOTS = 5;

export class Watch {
  /** How often what was seen. */
  readonly seen = new Map<string, number>();
  private readonly lives = new Map<number, Life>();
  private readonly asked = new Map<string, 'queued' | 'running' | 'ended'>();
  private running: Running | null = null;
  private oldest = 0;
  private longestKill: number;

  constructor(policy: Policy) {
    this.longestKill = policy.killTimeout;
  }

  stepped(before: Machine, event: Event, effects: readonly Effect[], after: Machine): void {
    if (event.type === 'command') {
      this.asked.set(event.request.op, 'queued');
      this.longestKill = Math.max(this.longestKill, event.request.policy?.killTimeout ?? 0);
    }
    if (event.type === 'exit' || event.type === 'unstarted' || event.type === 'missing' || event.type === 'absent')
      this.exited(before, event);
    if (event.type === 'absent') this.vanished(before, event.worker, after);
    for (const effect of effects) {
      if (effect.type === 'begin') this.begun(effect.operation, before, event.at);
      else if (effect.type === 'end') this.ended(effect, after, event.at);
      else if (effect.type === 'switch' || effect.type === 'alarm') this.saw(effect.type);
      else this.worker(effect, after);
    }
    if (event.type === 'control') this.steered(before, event, effects, after);
    this.turned(before, after);
    this.halted(before, after);
    this.covered(after);
    this.bounded(after);
    this.replaced(before, effects, after);
  }

  /** No master was there for so long (ms): none could keep a promise about time. */
  masterless(ms: number): void {
    this.saw('masterless');
    if (this.running) this.running.since += ms;
  }

  /** Nothing will happen any more: what is wanted is there. */
  atRest(machine: Machine): void {
    const { up, instances, slots, workers, operation, queue } = machine;
    must(operation === null && queue.length === 0, 'an operation is left over');
    for (const [op, phase] of this.asked) must(phase === 'ended', `${op} never ended`);
    must(slots.length === instances || !up, `${slots.length} slots for ${instances} instances`);
    if (!up) must(workers.length === 0, 'workers of a stopped app');
    for (const slot of up ? slots : []) {
      const there = workers.filter((worker) => worker.slot === slot.index);
      if (slot.givenUp !== null) must(there.length === 0, `slot ${slot.index} is given up and has workers`);
      else must(there.length === 1 && there[0]!.stage === 'online', `slot ${slot.index} has ${JSON.stringify(there)}`);
      for (const { generation } of there) must(generation === slot.generation, `slot ${slot.index}: wrong generation`);
      if (slot.givenUp !== null) this.saw(slot.finished ? 'finished' : 'given up');
      must(slot.givenUp !== null || !slot.finished, `slot ${slot.index} has finished, and goes on`);
    }
    must(
      workers.every(({ slot }) => slot < instances),
      'a worker outside of all slots',
    );
  }

  private worker(effect: Exclude<Effect, { type: 'begin' | 'end' | 'switch' | 'alarm' }>, after: Machine): void {
    const { worker: id } = effect;
    this.saw(effect.type);
    if (effect.type === 'fork') {
      must(!this.lives.has(id), `#${id} is forked twice`);
      const isRehearsed = this.running?.operation.request.kind === 'rehearse';
      must(
        effect.slot < Math.min(MOST_SLOTS + (isRehearsed ? 1 : 0), after.slots.length),
        `fork in slot ${effect.slot}`,
      );
      const isBack =
        this.running?.operation.request.kind === 'rollback' && effect.generation === this.running.operation.to;
      must(isBack || effect.generation >= this.oldest, `#${id} has code older than what has taken over`);
      this.lives.set(id, {
        admitted: false,
        drained: false,
        kept: false,
        signalled: false,
        killed: false,
        gone: false,
      });
      return;
    }
    const life = this.lives.get(id);
    must(life !== undefined && !life.gone, `${effect.type} #${id}, which is not there`);
    const { admitted, drained, kept, signalled, killed } = life!;
    switch (effect.type) {
      case 'admit':
        must(!admitted && !signalled, `#${id} is admitted at the wrong time`);
        life!.admitted = true;
        return;
      case 'readmit':
        must(admitted && drained && kept && !signalled, `#${id} is taken back at the wrong time`);
        Object.assign(life!, { drained: false, kept: false });
        return;
      case 'standby':
        must(!admitted && !signalled, `#${id} waits at the wrong time`);
        return;
      case 'drain':
        must(admitted && (!drained || (kept && !effect.kept)) && !signalled, `#${id} is drained at the wrong time`);
        Object.assign(life!, { drained: true, kept: effect.kept });
        return;
      case 'signal':
        must(!signalled && (drained || !admitted), `#${id} is signalled at the wrong time`);
        life!.kept = false;
        life!.signalled = true;
        return;
      case 'kill':
        must(signalled && !killed, `#${id} is killed at the wrong time`);
        life!.killed = true;
    }
  }

  /** It does what it said it would, or nothing at all. */
  private steered(before: Machine, { action, at }: Steering, effects: readonly Effect[], after: Machine): void {
    const op = controllable(before, action);
    if (op === null) {
      const { effects: due } = step(before, { type: 'tick', at });
      return must(effects.length === due.length, `${action} did something where there was nothing to do`);
    }
    this.saw(action);
    must(controllable(after, action) !== op, `${action} can be done again`);
    const ended = effects.some((effect) => effect.type === 'end' && effect.op === op && effect.refusal !== null);
    const returns = after.operation?.request.op === op && after.operation.returning !== null;
    if (action === 'abort') must(ended || returns, `${op} was aborted, and goes on`);
    if (action === 'pause' || (action === 'resume' && after.operation?.request.op === op && !returns))
      must(after.operation?.paused === (action === 'pause'), `${op} did not ${action}`);
  }

  private turned({ operation: before }: Machine, { operation: after }: Machine): void {
    if (after?.returning && !before?.returning) this.saw('going back');
    const verdict = after?.canary?.verdict ?? null;
    if (verdict !== null && verdict !== 'fail' && before?.canary?.verdict !== verdict) this.saw(`canary ${verdict}`);
  }

  /** A paused operation takes up no further slot, and is always one that could. */
  private halted({ operation: before }: Machine, { operation, up }: Machine): void {
    if (!operation?.paused) return;
    must(up, 'there is nothing left to pause');
    if (before?.paused && before.request.op === operation.request.op)
      must(waitingSlots(operation) === waitingSlots(before), 'a paused operation goes on');
  }

  private begun(operation: Operation, before: Machine, at: number): void {
    const { op, kind } = operation.request;
    must(this.running === null, `${op} begins while another operation runs`);
    must(this.asked.get(op) === 'queued', `${op} begins, and was not waiting`);
    this.asked.set(op, 'running');
    this.saw(`begin ${kind}`);
    const healthy = new Set(before.workers.filter((worker) => this.serves(worker)).map(({ slot }) => slot));
    this.running = { operation, since: at, healthy, stopLimit: 2 * this.longestKill + 100 };
  }

  private ended({ op, refusal }: Extract<Effect, { type: 'end' }>, after: Machine, at: number): void {
    const phase = this.asked.get(op);
    must(phase === 'queued' || phase === 'running', `${op} ends, and was ${phase}`);
    this.asked.set(op, 'ended');
    if (phase === 'queued') return must(refusal !== null, `${op} is done without having begun`);
    must(this.running?.operation.request.op === op, `${op} ends, and another one runs`);
    const { operation, since, healthy, stopLimit } = this.running!;
    const { kind } = operation.request;
    this.running = null;
    this.saw(`${refusal ? 'failed' : 'done'} ${kind}`);
    if (refusal?.reason.startsWith('the canary failed')) this.saw('canary fail');
    if (kind === 'stop' || kind === 'delete') {
      must(refusal === null, `${kind} failed`);
      must(at - since <= stopLimit, `${kind} took ${at - since} ms`);
      return;
    }
    // Where the way back is gone, a slot goes on with what it has.
    if (refusal && operation.returning === null)
      this.oldest = Math.min(this.oldest, ...after.slots.map(({ generation }) => generation));
    if (refusal === null) {
      if (kind === 'rehearse' || operation.from === operation.to) return;
      this.oldest = kind === 'rollback' ? operation.to : Math.max(this.oldest, operation.to);
      // Perhaps the next one has begun in the same step.
      for (const { slot } of after.operation?.request.kind === 'rollback' || operation.from === operation.to
        ? []
        : operation.slots) {
        if (slot < after.slots.length) must(after.slots[slot]!.generation >= this.oldest, `slot ${slot} has old code`);
      }
    } else if (
      operation.order === 'start-first' &&
      operation.protects &&
      after.up &&
      after.policy.execMode !== 'fork'
    ) {
      const online = onlineSlots(after);
      for (const slot of healthy) {
        const kept = online.has(slot) || slot >= after.instances || after.operation?.order === 'stop-first';
        must(kept, `slot ${slot} has lost its worker to an operation that failed`);
      }
    }
  }

  /** While new workers start, the old ones of healthy slots serve. */
  private covered({ operation, instances, slots, workers, policy, up }: Machine): void {
    must(new Set(workers.map(({ id }) => id)).size === workers.length, 'a worker is there twice');
    must(
      slots.every(({ index }, at) => index === at),
      'slots out of order',
    );
    if (!up || !operation || !this.running || operation.order === 'stop-first' || policy.execMode === 'fork') return;
    const settling = operation.slots.every(({ phase }) => phase === 'done');
    const online = onlineSlots({ workers });
    for (const slot of this.running.healthy) {
      // All slots are done: those that were too many may go, and stay gone.
      if (settling && slot >= instances) this.running.healthy.delete(slot);
      else must(online.has(slot), `slot ${slot} has no admitted worker`);
    }
  }

  /** Beside one for each slot there are at most so many as the operation may have. */
  private bounded({ operation, slots, workers }: Machine): void {
    const live = workers.filter(isLive);
    const extra = slots.map(({ index }) => Math.max(0, live.filter(({ slot }) => slot === index).length - 1));
    const sum = extra.reduce((total, one) => total + one, 0);
    must(sum <= (operation?.surge ?? 0), `${sum} workers too many, surge ${operation?.surge ?? 0}`);
    for (const { id, kept, stage } of workers)
      must(!kept || stage === 'draining' || stage === 'standby', `#${id} is kept, and ${stage}`);
  }

  /** Whoever goes at leisure leaves somebody behind in its place. */
  private replaced(before: Machine, effects: readonly Effect[], { workers, instances, operation }: Machine): void {
    for (const effect of effects) {
      if (effect.type !== 'drain' || effect.parting !== 'hand-over') continue;
      const old = before.workers.find(({ id }) => id === effect.worker);
      if (old?.stage !== 'online') continue;
      const { slot } = old;
      const isServed = workers.some((one) => one.slot === slot && one.stage === 'online');
      const isSpare =
        slot >= Math.min(instances, operation?.before.instances ?? instances) || operation?.order === 'stop-first';
      must(isServed || isSpare, `slot ${slot} is left without anybody`);
    }
  }

  private exited(before: Machine, { worker: id, type }: { readonly worker: number; readonly type: string }): void {
    const life = this.lives.get(id);
    if (life) life.gone = true;
    const worker = before.workers.find((one) => one.id === id);
    if (type === 'absent' && worker) this.saw(`absent ${worker.stage}`);
    if (worker?.stage !== 'online') return;
    this.saw('crash');
    this.running?.healthy.delete(worker.slot);
  }

  /** The end of the master is nobody's failure: what was starting is not counted, and fails nothing. */
  private vanished(before: Machine, id: number, after: Machine): void {
    must(!after.workers.some((one) => one.id === id), `#${id} is absent, and still there`);
    const worker = before.workers.find((one) => one.id === id);
    const isCounted = worker?.stage === 'online' || (worker?.stage === 'standby' && !worker.kept);
    must(isCounted || after.restarts === before.restarts, `the absence of #${id} is counted`);
    if (worker?.stage !== 'starting') return;
    const failure = before.operation?.returning ? null : (after.operation?.returning ?? null);
    must(failure === null || failure.reason.endsWith('(progress_deadline)'), `the absence of #${id} fails it`);
    const [failures, later] = [before, after].map(({ slots }) => slots[worker.slot]?.failures ?? 0);
    must(later! <= failures!, `the absence of #${id} is held against its slot`);
  }

  private serves({ id, stage }: Worker): boolean {
    const life = this.lives.get(id);
    return stage === 'online' && life !== undefined && !life.drained && !life.gone;
  }

  private saw(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }
}

function waitingSlots({ slots }: Operation): number {
  return slots.filter(({ phase }) => phase === 'waiting').length;
}

function onlineSlots({ workers }: Pick<Machine, 'workers'>): Set<number> {
  return new Set(workers.filter(({ stage }) => stage === 'online').map(({ slot }) => slot));
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

// PURE: what an app's master decides. step(state, event) -> {state, effects}; no clock, no I/O.
// An event first changes what is known; then the difference between wanted and actual is acted on (converge).
// Replacing, scaling, crash recovery and stopping are that one path.
import { applyControl } from './control.ts';
import { convergeSlots } from './converge.ts';
import { admitWorker, hasHandedOver, inSlot, isLive, stopWorker } from './fleet.ts';
import { finish } from './finish.ts';
import { deserted, relieved } from './heir.ts';
import { gateDeadline, gateOf, gateOpen, gateVerdict } from './gate.ts';
import {
  beginOperation,
  cannotBegin,
  endOperation,
  failOperation,
  progressOperation,
  workOf,
} from './operation.ts';
import { beginProving, noteMeasured, prove } from './proving.ts';
import { isFinish, recordDeath, recordObstacle } from './restarts.ts';
import { diedOnTrial, seconds, waitsForAll } from './strategy.ts';
import type { Effect, Event, Machine, Operation, Policy, Request, SlotWork, Worker } from './types.ts';

/** Why a rollout that waited has ended without beginning. */
export const SUPERSEDED = 'a newer reload took its place';

/** A machine for an app that is not running yet. */
export function createMachine(policy: Policy, instances: number): Machine {
  return {
    policy,
    up: false,
    instances,
    generation: 0,
    lastGeneration: 0,
    previous: null,
    trial: null,
    listens: null,
    slots: [],
    workers: [],
    operation: null,
    latest: null,
    queue: [],
    nextWorker: 1,
    restarts: 0,
  };
}

/** The next state, and what has to be done about it in this order. The given state is not changed. */
export function step(before: Machine, event: Event): { state: Machine; effects: Effect[] } {
  const machine = structuredClone(before);
  const effects: Effect[] = [];
  apply(machine, event, effects);
  for (const worker of machine.workers) expire(machine, worker, event.at, effects);
  prove(machine, event.at, effects);
  do {
    if ((machine.trial?.until ?? Infinity) <= event.at) machine.trial = null;
    convergeSlots(machine, event.at, effects);
  } while (progressOperation(machine, event.at, effects) || beginNext(machine, event.at, effects));
  return { state: machine, effects };
}

/** When the machine, stepped at `now`, wants a `tick`; null when only something from outside can change it. */
export function nextDeadline(machine: Machine, now: number): number | null {
  // Whatever was over at `now` has been dealt with, so a deadline that is not ahead was set just then, with a limit of zero.
  const limits = machine.workers.flatMap(({ deadline }) => (deadline === null ? [] : [deadline]));
  const times = limits.map((deadline) => Math.max(deadline, now + 1));
  if (machine.up) times.push(...machine.slots.map((slot) => slot.retryAt));
  times.push(machine.trial?.until ?? 0, ...(machine.operation ? deadlinesOf(machine.operation) : []));
  const ahead = times.filter((time) => time > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

function deadlinesOf({ settleBy, deadline, paused, slots, canary, returning }: Operation): number[] {
  const proving = slots.map(({ phase, until }) => (phase === 'proving' ? until : null));
  const verdict = canary?.verdict === null ? canary.until : null;
  const limit = paused || returning !== null ? null : deadline;
  return [settleBy, limit, verdict, ...proving].map((time) => time ?? 0);
}

function apply(machine: Machine, event: Event, effects: Effect[]): void {
  const worker = 'worker' in event ? machine.workers.find(({ id }) => id === event.worker) : undefined;
  switch (event.type) {
    case 'command':
      return applyCommand(machine, event.request, event.at, effects);
    case 'control':
      return applyControl(machine, event, effects);
    case 'listening':
    case 'ready':
      if (event.type === 'listening') learnListening(machine);
      if (worker) heard(machine, worker, event.type, event.at, effects);
      return;
    case 'checked':
      if (worker) applyCheck(machine, worker, event, effects);
      return;
    case 'exceeded':
      if (worker) refuse(machine, worker, event.why, event.at, effects);
      return;
    case 'measured':
      return noteMeasured(machine, event);
    case 'settled':
      if (worker?.stage !== 'draining') return;
      worker.settled = true;
      if (event.empty || worker.parting !== 'hand-over') leave(machine, worker, event.at, effects);
      return;
    case 'promised':
      if (worker) keepPromise(machine, worker, event.ms);
      return;
    case 'exit':
      if (worker) applyExit(machine, worker, event, effects);
      return;
    case 'missing':
      if (worker) applyMissing(machine, worker, event, effects);
      return;
    case 'unstarted':
      if (worker) applyUnstarted(machine, worker, event.why, event.at, effects);
      return;
    case 'relieved':
      return relieved(machine, event.slot);
    case 'deserted':
      return deserted(machine, event, effects);
    case 'tick':
      return;
  }
}

/** It has parted with what it had. */
function leave(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  if (worker.kept) Object.assign(worker, { stage: 'standby', deadline: null });
  else stopWorker(machine, worker, at, effects);
}

/** A promise may have been made just before the worker was dismissed, and be heard of only then. */
function keepPromise({ policy }: Machine, worker: Worker, ms: number): void {
  if (worker.stage === 'draining' && worker.parting === 'hand-over' && worker.deadline !== null)
    worker.deadline += Math.max(0, Math.max(policy.drainTimeout, ms) - Math.max(policy.drainTimeout, worker.promised));
  worker.promised = ms;
}

/** Stopping goes before everything else; whatever else comes while an operation runs waits for its turn. */
function applyCommand(machine: Machine, request: Request, at: number, effects: Effect[]): void {
  const refusal = { slot: null, worker: null, reason: `zdm ${request.kind} came in between` };
  if (request.kind !== 'stop' && request.kind !== 'delete') {
    // Nobody waits for a patient operation, and it may take minutes: it gives way to what a person asks.
    if (machine.operation?.request.patient && !request.patient) endOperation(machine, refusal, at, effects);
    return enqueue(machine, request, effects);
  }
  const waiting = machine.queue;
  machine.queue = [];
  // A stop that runs is no other than this one: both are done when the last worker is gone.
  if (machine.up) endOperation(machine, refusal, at, effects);
  for (const { op } of waiting) effects.push({ type: 'end', op, refusal, note: null });
  // Begun before anything converges: what a failed operation goes back to must not be started first.
  if (machine.up) beginOperation(machine, request, at, effects);
  else machine.queue.push(request);
}

/** Of new code that waits, the latest is what is wanted. What the others brought along is not lost. */
function enqueue(machine: Machine, request: Request, effects: Effect[]): void {
  const isRollout = ({ kind }: Request): boolean => kind === 'reload' || kind === 'rollback';
  const late = isRollout(request) ? machine.queue.filter(isRollout) : [];
  const refusal = { slot: null, worker: null, reason: SUPERSEDED };
  for (const { op } of late) effects.push({ type: 'end', op, refusal, note: null });
  const instances = late.findLast((one) => one.instances !== null)?.instances ?? null;
  const policy = late.findLast((one) => one.policy !== null)?.policy ?? null;
  machine.queue = machine.queue.filter((one) => !late.includes(one));
  machine.queue.push({ ...request, instances: request.instances ?? instances, policy: request.policy ?? policy });
}

function beginNext(machine: Machine, at: number, effects: Effect[]): boolean {
  // What waits when everything has been handed over is the heir's to do.
  if (machine.operation || hasHandedOver(machine)) return false;
  const request = machine.queue.shift();
  if (!request) return false;
  const why = cannotBegin(machine, request);
  if (why !== null) {
    const refusal = { slot: request.slot, worker: null, reason: why };
    effects.push({ type: 'end', op: request.op, refusal, note: null });
    return true;
  }
  beginOperation(machine, request, at, effects);
  return true;
}

/** Others that are starting were perhaps taken for background workers: from now on they have the time of a server. */
function learnListening(machine: Machine): void {
  if (machine.listens === true) return;
  machine.listens = true;
  for (const worker of machine.workers) {
    if (worker.stage === 'starting') worker.deadline = gateDeadline(machine, worker.startedAt);
  }
}

function heard(machine: Machine, worker: Worker, what: 'listening' | 'ready', at: number, effects: Effect[]): void {
  if (what === 'ready') worker.saidReady = true;
  else worker.listening = true;
  if (worker.stage === 'starting' && gateOpen(machine, worker)) passGate(machine, worker, null, at, effects);
}

function applyCheck(
  machine: Machine,
  worker: Worker,
  { healthy, why, at }: Extract<Event, { type: 'checked' }>,
  effects: Effect[],
): void {
  worker.healthy = healthy;
  worker.ailment = why;
  if (worker.stage === 'starting' && gateOpen(machine, worker)) passGate(machine, worker, null, at, effects);
}

/** A starting worker is good enough: it takes over, waits for the others, or was only to show that it can. */
function passGate(machine: Machine, worker: Worker, note: string | null, at: number, effects: Effect[]): void {
  const { operation } = machine;
  const work = workOf(machine, worker);
  worker.readyAt = at;
  worker.deadline = null;
  if (!operation || work?.phase !== 'starting') return admitWorker(worker, at, effects);
  operation.note ??= note;
  const isRehearsed = operation.request.kind === 'rehearse';
  if (isRehearsed || waitsForAll(operation)) {
    worker.stage = 'standby';
    effects.push({ type: 'standby', worker: worker.id });
    if (!isRehearsed) return;
    work.phase = 'done';
    return stopWorker(machine, worker, at, effects);
  }
  admitWorker(worker, at, effects);
  beginProving(machine, operation, worker, at);
  machine.slots[worker.slot]!.generation = worker.generation;
}

function applyExit(machine: Machine, worker: Worker, event: Extract<Event, { type: 'exit' }>, effects: Effect[]): void {
  const { at, code, why, random } = event;
  machine.workers = machine.workers.filter((one) => one !== worker);
  if (!isLive(worker) || (isFinish(machine.policy, code) && finish(machine, worker, why))) return;
  const starting = worker.stage !== 'online';
  // A candidate that is refused is not replaced: whoever asked for it is told.
  const isRefused = refuse(machine, worker, `ended with ${why} ${sinceReady(worker, at)}`, at, effects);
  if (!isRefused) machine.restarts += 1;
  const slot = machine.slots[worker.slot];
  const replaced = inSlot(machine, worker.slot).some(isLive);
  // Booting is not being up: else an app that takes long to fail at boot would be tried for ever.
  const age = at - worker.startedAt;
  const uptime = starting ? 0 : age;
  if (slot && !replaced && slot.givenUp === null) recordDeath(slot, machine.policy, { at, uptime, age, why, random });
  if (!isRefused) alarm(machine, worker, at, effects);
}

function sinceReady({ stage, readyAt }: Worker, at: number): string {
  if (stage === 'starting' || readyAt === null) return 'before it was ready';
  return stage === 'standby' ? 'while it waited for the others' : `${seconds(at - readyAt)} after it took over`;
}

/** New code that dies again and again has no future, also when each death alone would be made good. */
function alarm(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  const reason = diedOnTrial(machine, worker);
  if (reason === null) return;
  const { operation, trial } = machine;
  machine.trial = null;
  if (operation?.returning) return;
  const isRunning = operation?.to === trial?.to && operation?.settleBy === null;
  if (isRunning) failOperation(machine, { slot: worker.slot, worker: worker.id, reason }, at, effects);
  else if (machine.policy.bake > 0) effects.push({ type: 'alarm', reason });
}

/** Going back is not possible there: whatever serves goes on. */
function applyMissing(
  machine: Machine,
  worker: Worker,
  { why, at }: Extract<Event, { type: 'missing' }>,
  effects: Effect[],
): void {
  machine.workers = machine.workers.filter((one) => one !== worker);
  const { operation } = machine;
  const work = workOf(machine, worker);
  if (operation?.returning && work) return keepNew(machine, operation, work, why);
  refuse(machine, worker, `could not be started: ${why}`, at, effects);
  const slot = machine.slots[worker.slot];
  const death = { at, uptime: 0, age: 0, why, random: 0 };
  if (slot && !inSlot(machine, worker.slot).some(isLive)) recordDeath(slot, machine.policy, death);
}

function keepNew(machine: Machine, operation: Operation, work: SlotWork, why: string): void {
  work.phase = 'done';
  machine.slots[work.slot]!.generation = operation.to;
  operation.note ??= `slot ${work.slot} keeps generation ${operation.to}: ${why}`;
}

function applyUnstarted(machine: Machine, worker: Worker, why: string, at: number, effects: Effect[]): void {
  machine.workers = machine.workers.filter((one) => one !== worker);
  refuse(machine, worker, `could not be started: ${why}`, at, effects);
  const slot = machine.slots[worker.slot];
  if (slot) recordObstacle(slot, at, why);
}

/** The operation that this worker was started for fails, unless it has the patience to try again; true when it did. */
function refuse(machine: Machine, worker: Worker, reason: string, at: number, effects: Effect[]): boolean {
  const { operation } = machine;
  const work = workOf(machine, worker);
  if (!operation || !work || operation.request.patient) return false;
  if (operation.returning === null)
    return failOperation(machine, { slot: worker.slot, worker: worker.id, reason: `the new worker ${reason}` }, at, effects);
  // The old code cannot come back here. What serves of the new code goes on; where nothing does, both are tried on.
  const serves = inSlot(machine, worker.slot).some((one) => one !== worker && one.stage === 'online');
  if (serves) keepNew(machine, operation, work, `the old code ${reason}`);
  else work.phase = 'done';
  return serves;
}

/** What happens to a worker whose present stage has lasted too long. */
function expire(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  if (worker.deadline === null || worker.deadline > at) return;
  switch (worker.stage) {
    case 'online':
    case 'standby':
      return;
    case 'draining':
      return leave(machine, worker, at, effects);
    case 'stopping':
      worker.deadline = null;
      effects.push({ type: 'kill', worker: worker.id });
      return;
    case 'starting': {
      const verdict = gateVerdict(machine, worker);
      if (!verdict.passed) return failGate(machine, worker, verdict.reason, at, effects);
      if (gateOf(machine) === 'listening') machine.listens = false;
      return passGate(machine, worker, verdict.note, at, effects);
    }
  }
}

function failGate(machine: Machine, worker: Worker, reason: string, at: number, effects: Effect[]): void {
  refuse(machine, worker, reason, at, effects);
  if (worker.stage === 'starting') stopWorker(machine, worker, at, effects);
  const slot = machine.slots[worker.slot];
  const replaced = inSlot(machine, worker.slot).some(isLive);
  if (slot && !replaced && slot.givenUp === null) {
    recordDeath(slot, machine.policy, {
      at,
      uptime: 0,
      age: at - worker.startedAt,
      why: `a worker that ${reason}`,
      random: 0,
    });
  }
}

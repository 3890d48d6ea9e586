// PURE: what an app's master decides. step(state, event) -> {state, effects}; no clock, no I/O.
// An event first changes what is known; then the difference between wanted and actual is acted on (converge).
// Replacing, scaling, crash recovery and stopping are that one path.
import { applyControl } from './control.ts';
import { convergeSlots } from './converge.ts';
import { hasHandedOver, inSlot, isLive, stopWorker } from './fleet.ts';
import { finish } from './finish.ts';
import { deserted, relieved } from './heir.ts';
import { gateDeadline, gateOf, gateOpen, gateVerdict } from './gate.ts';
import { beginOperation, endOperation, isCandidate, progressOperation } from './operation.ts';
import { isFinish, recordDeath, recordObstacle } from './restarts.ts';
import type { Effect, Event, Machine, Policy, Request, Worker } from './types.ts';

/** A machine for an app that is not running yet. */
export function createMachine(policy: Policy, instances: number): Machine {
  return {
    policy,
    up: false,
    instances,
    generation: 0,
    lastGeneration: 0,
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
  do convergeSlots(machine, event.at, effects);
  while (progressOperation(machine, event.at, effects) || beginNext(machine, effects));
  return { state: machine, effects };
}

/** When the machine, stepped at `now`, wants a `tick`; null when only something from outside can change it. */
export function nextDeadline(machine: Machine, now: number): number | null {
  // Whatever was over at `now` has been dealt with, so a deadline that is not ahead was set just then, with a limit of zero.
  const limits = machine.workers.flatMap(({ deadline }) => (deadline === null ? [] : [deadline]));
  const times = limits.map((deadline) => Math.max(deadline, now + 1));
  if (machine.up) times.push(...machine.slots.map((slot) => slot.retryAt));
  times.push(machine.operation?.settleBy ?? 0);
  const ahead = times.filter((time) => time > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
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
    case 'settled':
      if (worker?.stage !== 'draining') return;
      worker.settled = true;
      if (event.empty || worker.parting !== 'hand-over') stopWorker(machine, worker, event.at, effects);
      return;
    case 'promised':
      if (worker) keepPromise(machine, worker, event.ms);
      return;
    case 'exit':
      if (worker) applyExit(machine, worker, event, effects);
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
    machine.queue.push(request);
    return;
  }
  const waiting = machine.queue;
  machine.queue = [];
  // A stop that runs is no other than this one: both are done when the last worker is gone.
  if (machine.up) endOperation(machine, refusal, at, effects);
  for (const { op } of waiting) effects.push({ type: 'end', op, refusal, note: null });
  // Begun before anything converges: what a failed operation goes back to must not be started first.
  if (machine.up) beginOperation(machine, request, effects);
  else machine.queue.push(request);
}

function beginNext(machine: Machine, effects: Effect[]): boolean {
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
  beginOperation(machine, request, effects);
  return true;
}

/** Some things need something to do them to. */
function cannotBegin({ up, workers }: Machine, { kind }: Request): string | null {
  if (kind === 'replace' && !up) return 'the app is stopped';
  const serves = workers.some(({ stage }) => stage === 'online');
  return kind === 'handover' && !(up && serves) ? 'the app does not serve' : null;
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
  if (worker.stage === 'starting' && gateOpen(machine, worker)) goOnline(machine, worker, null, at, effects);
}

function goOnline(machine: Machine, worker: Worker, note: string | null, at: number, effects: Effect[]): void {
  worker.stage = 'online';
  worker.readyAt = at;
  worker.deadline = null;
  effects.push({ type: 'admit', worker: worker.id });
  const { operation } = machine;
  const mine = operation?.slots.find(({ slot, phase }) => slot === worker.slot && phase === 'starting');
  if (!operation || !mine || !isCandidate(operation, worker)) return;
  mine.phase = 'done';
  machine.slots[worker.slot]!.generation = operation.to;
  operation.note ??= note;
}

function applyExit(machine: Machine, worker: Worker, event: Extract<Event, { type: 'exit' }>, effects: Effect[]): void {
  const { at, code, why, random } = event;
  machine.workers = machine.workers.filter((one) => one !== worker);
  if (!isLive(worker) || (isFinish(machine.policy, code) && finish(machine, worker, why))) return;
  const starting = worker.stage === 'starting';
  // A candidate that is refused is not replaced: whoever asked for it is told.
  if (!starting || !refuse(machine, worker, `ended with ${why} before it was ready`, at, effects))
    machine.restarts += 1;
  const slot = machine.slots[worker.slot];
  const replaced = inSlot(machine, worker.slot).some(isLive);
  // Booting is not being up: else an app that takes long to fail at boot would be tried for ever.
  const age = at - worker.startedAt;
  const uptime = starting ? 0 : age;
  if (slot && !replaced && slot.givenUp === null) recordDeath(slot, machine.policy, { at, uptime, age, why, random });
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
  const tried = operation?.slots.some(({ slot, phase }) => slot === worker.slot && phase === 'starting');
  if (!operation || !tried || !isCandidate(operation, worker) || operation.request.patient) return false;
  endOperation(machine, { slot: worker.slot, worker: worker.id, reason: `the new worker ${reason}` }, at, effects);
  return true;
}

/** What happens to a worker whose present stage has lasted too long. */
function expire(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  if (worker.deadline === null || worker.deadline > at) return;
  switch (worker.stage) {
    case 'online':
      return;
    case 'draining':
      return stopWorker(machine, worker, at, effects);
    case 'stopping':
      worker.deadline = null;
      effects.push({ type: 'kill', worker: worker.id });
      return;
    case 'starting': {
      const verdict = gateVerdict(machine, worker);
      if (!verdict.passed) return failGate(machine, worker, verdict.reason, at, effects);
      if (gateOf(machine) === 'listening') machine.listens = false;
      return goOnline(machine, worker, verdict.note, at, effects);
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

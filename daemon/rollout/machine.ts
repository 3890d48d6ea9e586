// PURE: what an app's master decides. step(state, event) -> {state, effects}; no clock, no I/O.
// An event first changes what is known; then the difference between wanted and actual is acted on (converge).
// Replacing, scaling, crash recovery and stopping are that one path.
import { applyControl } from './control.ts';
import { convergeSlots } from './converge.ts';
import { applyAbsent, applyExit, applyMissing, applyUnstarted, refuse } from './deaths.ts';
import { admitWorker, inSlot, isLive, stopWorker } from './fleet.ts';
import { gateDeadline, gateOf, gateOpen, gateVerdict } from './gate.ts';
import { progressOperation, workOf } from './operation.ts';
import { beginProving, noteMeasured, prove } from './proving.ts';
import { applyCommand, beginNext } from './queue.ts';
import { recordDeath } from './restarts.ts';
import { waitsForAll } from './strategy.ts';
import type { Effect, Event, Machine, Operation, Policy, Worker } from './types.ts';

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
  const machine = copyOf(before);
  const effects: Effect[] = [];
  apply(machine, event, effects);
  // Others may be absent, too, and what those that are there have said meanwhile is heard next: nobody's time is up before that.
  if (event.type !== 'absent') for (const worker of machine.workers) expire(machine, worker, event.at, effects);
  prove(machine, event, effects);
  do {
    if ((machine.trial?.until ?? Infinity) <= event.at) machine.trial = null;
    convergeSlots(machine, event.at, effects);
  } while (progressOperation(machine, event.at, effects) || beginNext(machine, event.at, effects));
  return { state: machine, effects };
}

/** What a step changes is copied, the rest is shared. (structuredClone takes thirty times as long: half of a simulation.) */
function copyOf(machine: Machine): Machine {
  const { slots, workers, queue, operation, trial } = machine;
  return {
    ...machine,
    slots: slots.map((slot) => ({ ...slot })),
    workers: workers.map((worker) => ({ ...worker })),
    queue: [...queue],
    trial: trial && { ...trial, deaths: [...trial.deaths] },
    operation: operation && {
      ...operation,
      slots: operation.slots.map((work) => ({ ...work })),
      canary: operation.canary && { ...operation.canary },
    },
  };
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

function deadlinesOf({ settleBy, deadline, paused, slots, returning }: Operation): number[] {
  const proving = slots.map(({ phase, until }) => (phase === 'proving' ? until : null));
  const limit = paused || returning !== null ? null : deadline;
  return [settleBy, limit, ...proving].map((time) => time ?? 0);
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
    case 'absent':
      if (worker) applyAbsent(machine, worker, event.at, effects);
      return;
    case 'missing':
      if (worker) applyMissing(machine, worker, event, effects);
      return;
    case 'unstarted':
      if (worker) applyUnstarted(machine, worker, event.why, event.at, effects);
      return;
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

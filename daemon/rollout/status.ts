// What a machine's state is called, and why it is so, for people.
import type { AppState } from '../protocol/model.ts';
import { inSlot, isLive } from './fleet.ts';
import type { Machine, Slot } from './types.ts';

/** A state in one word and, where it needs one, its reason in a sentence. `retryAt`: when the next dead worker is tried again. */
interface Told {
  readonly state: AppState;
  readonly reason: string | null;
  readonly retryAt: number | null;
}

/** The app's state at this moment. */
export function appState(machine: Machine, now: number): Told {
  if (!machine.up) return told(machine.workers.length > 0 ? 'stopping' : 'stopped');
  const wanted = machine.slots.filter(({ index }) => index < machine.instances);
  const lost = wanted.find(({ givenUp, finished }) => givenUp !== null && !finished);
  const done = wanted.find(({ finished }) => finished);
  const waiting = wanted
    .filter((slot) => isWaiting(machine, slot, now))
    .toSorted((one, other) => one.retryAt - other.retryAt)[0];
  const retryAt = waiting?.retryAt ?? null;
  const up = onlineCount(machine);
  if (up > 0 && up >= machine.instances) return told('online');
  // Not when another slot is tried again: it would read as if this one were.
  if (up > 0 && lost) return told('online', `slot ${lost.index} was given up: ${lost.givenUp}`);
  if (up > 0 && done && !waiting) return told('online', `slot ${done.index}: ${done.givenUp}`);
  if (wanted.length > 0 && wanted.every(({ givenUp }) => givenUp !== null))
    return lost ? told('errored', lost.givenUp) : told('stopped', done?.givenUp);
  if (machine.workers.some(({ stage }) => stage === 'starting')) return told('starting', null, retryAt);
  if (waiting) return told(up > 0 ? 'online' : 'backoff', waitingReason(waiting), retryAt);
  return told(up > 0 ? 'online' : 'starting');
}

/** Slots that have a worker which takes connections; a slot in the middle of being replaced counts once. */
export function onlineCount(machine: Machine): number {
  return new Set(machine.workers.filter(({ stage }) => stage === 'online').map(({ slot }) => slot)).size;
}

function told(state: AppState, reason: string | null = null, retryAt: number | null = null): Told {
  return { state, reason, retryAt };
}

function isWaiting(machine: Machine, slot: Slot, now: number): boolean {
  return slot.givenUp === null && slot.retryAt > now && !inSlot(machine, slot.index).some(isLive);
}

function waitingReason({ index, failures, obstacle }: Slot): string {
  if (obstacle !== null) return `slot ${index} cannot be started: ${obstacle}`;
  return `slot ${index} died ${failures} times in a row`;
}

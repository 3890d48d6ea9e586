// What a machine's state is called, and why it is so, for people.
import type { AppState } from '../protocol/model.ts';
import { inSlot, isLive } from './fleet.ts';
import type { Machine, Slot } from './types.ts';

/** The app's state in one word and, where it needs one, its reason in a sentence. */
export function appState(machine: Machine, now: number): { state: AppState; reason: string | null } {
  if (!machine.up) return { state: machine.workers.length > 0 ? 'stopping' : 'stopped', reason: null };
  const wanted = machine.slots.filter(({ index }) => index < machine.instances);
  const lost = wanted.find(({ givenUp }) => givenUp !== null);
  const waiting = wanted.find((slot) => isWaiting(machine, slot, now));
  const up = onlineCount(machine);
  if (up > 0 && up >= machine.instances) return { state: 'online', reason: null };
  if (up > 0 && lost) return { state: 'online', reason: `slot ${lost.index} was given up: ${lost.givenUp}` };
  if (lost && wanted.every(({ givenUp }) => givenUp !== null)) return { state: 'errored', reason: lost.givenUp };
  if (machine.workers.some(({ stage }) => stage === 'starting')) return { state: 'starting', reason: null };
  if (waiting) return { state: up > 0 ? 'online' : 'backoff', reason: waitingReason(waiting, now) };
  return { state: up > 0 ? 'online' : 'starting', reason: null };
}

/** Slots that have a worker which takes connections; a slot in the middle of being replaced counts once. */
export function onlineCount(machine: Machine): number {
  return new Set(machine.workers.filter(({ stage }) => stage === 'online').map(({ slot }) => slot)).size;
}

function isWaiting(machine: Machine, slot: Slot, now: number): boolean {
  return slot.givenUp === null && slot.retryAt > now && !inSlot(machine, slot.index).some(isLive);
}

function waitingReason(slot: Slot, now: number): string {
  const seconds = Math.ceil((slot.retryAt - now) / 1000);
  return `slot ${slot.index} died ${slot.failures} times in a row; next try in ${seconds}s`;
}

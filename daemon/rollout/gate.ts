// When a new worker is good enough to take over.
import type { Machine, Worker } from './types.ts';

/** What a starting worker is waited for. */
export type Gate = 'ready' | 'listening' | 'uptime';

/**
 * `ready`: the app announces it (and listens, if it is known to). `listening`: it binds a port. `uptime`: an app of which no
 * worker ever listened, or whose ports are its own business (fork mode), has only to stay up for `minUptime`. What is asked
 * for its health has to listen, and to be healthy besides; so has one of which it is said where it listens.
 */
export function gateOf(machine: Machine): Gate {
  if (machine.policy.waitReady) return 'ready';
  if (mustListen(machine)) return 'listening';
  if (machine.policy.execMode === 'fork' || machine.listens === false) return 'uptime';
  return 'listening';
}

/** Has it shown what it is waited for? Time alone never opens a gate here. */
export function gateOpen(machine: Machine, worker: Worker): boolean {
  const { probed } = machine.policy;
  if (probed && !worker.healthy) return false;
  switch (gateOf(machine)) {
    case 'ready':
      return worker.saidReady && (worker.listening || (machine.listens !== true && !mustListen(machine)));
    case 'listening':
      return worker.listening;
    case 'uptime':
      return false;
  }
}

/** What is no server cannot be asked for anything, nor be where it is said to be. */
function mustListen({ policy }: Machine): boolean {
  return policy.probed || policy.awaited;
}

/** Of a worker that is not where it is waited for. */
export const NOT_LISTENING = 'did not listen on a port';

/** The end of a starting worker's time. */
export function gateDeadline(machine: Machine, startedAt: number): number {
  const { minUptime, listenTimeout } = machine.policy;
  return startedAt + (gateOf(machine) === 'uptime' ? minUptime : listenTimeout);
}

/** What it means that a starting worker is still up, and still starting, at its deadline. */
export function gateVerdict(
  machine: Machine,
  worker: Worker,
): { passed: true; note: string | null } | { passed: false; reason: string } {
  const limit = `${Math.round((worker.deadline! - worker.startedAt) / 100) / 10}s`;
  const { probed } = machine.policy;
  if (probed && worker.listening && !worker.healthy) {
    const last = worker.ailment === null ? 'it was not answered' : worker.ailment;
    return { passed: false, reason: `did not pass its health check within ${limit}: ${last}` };
  }
  switch (gateOf(machine)) {
    case 'uptime':
      return { passed: true, note: null };
    case 'ready': {
      const missing = worker.saidReady ? NOT_LISTENING : "did not call process.send('ready')";
      return { passed: false, reason: `${missing} within ${limit}` };
    }
    case 'listening':
      // The very first workers of an app: nothing tells yet whether it is a server at all, and there is nothing to protect.
      if (machine.listens === null && !mustListen(machine))
        return { passed: true, note: `runs without listening on a port (waited ${limit} for it)` };
      return { passed: false, reason: `${NOT_LISTENING} within ${limit}` };
  }
}

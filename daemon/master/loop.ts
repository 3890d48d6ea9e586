// The single queue of an app: event -> step -> effects. Effects may cause further events; those wait their turn.
import { steady, toWall } from '../os/clock.ts';
import { logEvent } from '../os/log.ts';
import { createMachine, nextDeadline, step } from '../rollout/machine.ts';
import type { Effect, Event, Machine, Policy } from '../rollout/types.ts';

/** An event before it is given its time. */
export type Happening = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;

export class Loop {
  machine: Machine;
  private readonly carryOut: (effect: Effect, at: number) => void;
  private readonly quiet: () => void;
  private readonly queue: Happening[] = [];
  private working = false;
  private timer: NodeJS.Timeout | undefined;

  /**
   * `carryOut` gets the time on the wall; the machine's own is steady. `quiet` is called when the queue is empty again and
   * something may have changed.
   */
  constructor(policy: Policy, instances: number, carryOut: (effect: Effect, at: number) => void, quiet: () => void) {
    this.machine = createMachine(policy, instances);
    this.carryOut = carryOut;
    this.quiet = quiet;
  }

  /** Goes on where another master is. */
  inherit(
    known: Partial<
      Pick<
        Machine,
        'up' | 'instances' | 'generation' | 'lastGeneration' | 'previous' | 'listens' | 'nextWorker' | 'restarts'
      >
    >,
  ): void {
    this.machine = { ...this.machine, ...known };
  }

  dispatch(event: Happening): void {
    this.queue.push(event);
    if (this.working) return;
    this.working = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) this.process({ ...next, at: steady() });
    this.working = false;
    this.quiet();
  }

  private process(event: Event): void {
    const { state, effects } = step(this.machine, event);
    this.machine = state;
    for (const effect of effects) {
      try {
        this.carryOut(effect, toWall(event.at));
      } catch (error) {
        // One effect that fails must not keep the others from being carried out.
        logEvent('bug', { effect: effect.type, error: error instanceof Error ? error.stack : String(error) });
      }
    }
    clearTimeout(this.timer);
    const deadline = nextDeadline(state, event.at);
    if (deadline === null) return;
    this.timer = setTimeout(() => this.dispatch({ type: 'tick' }), Math.max(1, deadline - steady()));
  }
}

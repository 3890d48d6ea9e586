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
  /** What happens waits: it is not known yet what is there. */
  private held = false;
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

  /** Goes on where another master was. */
  inherit(known: Partial<Machine>): void {
    this.machine = { ...this.machine, ...known };
  }

  /** From now on what happens waits until `release`. */
  hold(): void {
    this.held = true;
  }

  /** What has happened meanwhile comes first, and then `last`. */
  release(last: readonly Happening[]): void {
    this.held = false;
    this.queue.push(...last);
    this.dispatch({ type: 'tick' });
  }

  dispatch(event: Happening): void {
    this.queue.push(event);
    if (this.working || this.held) return;
    this.working = true;
    try {
      for (let next = this.queue.shift(); next; next = this.queue.shift()) this.process({ ...next, at: steady() });
    } finally {
      this.working = false;
    }
    this.quiet();
  }

  private process(event: Event): void {
    const stepped = this.stepped(event);
    if (!stepped) return;
    const { state, effects } = stepped;
    this.machine = state;
    for (const effect of effects) {
      try {
        this.carryOut(effect, toWall(event.at));
      } catch (error) {
        // One effect that fails must not keep the others from being carried out.
        said(error, { effect: effect.type });
      }
    }
    clearTimeout(this.timer);
    const deadline = nextDeadline(state, event.at);
    if (deadline === null) return;
    this.timer = setTimeout(() => this.dispatch({ type: 'tick' }), Math.max(1, deadline - steady()));
  }

  /** A state that cannot take an event stays as it is: the app takes the next one. */
  private stepped(event: Event): ReturnType<typeof step> | null {
    try {
      return step(this.machine, event);
    } catch (error) {
      said(error, { event: event.type });
      return null;
    }
  }
}

function said(error: unknown, about: Record<string, unknown>): void {
  logEvent('bug', { ...about, error: error instanceof Error ? error.stack : String(error) });
}

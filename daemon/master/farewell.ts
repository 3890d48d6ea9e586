// How a worker leaves: it parts with its connections, is asked to stop, is killed if need be; and what it has started goes
// after it.
import type { AppSpec } from '../protocol/model.ts';
import { NO_LOAD } from '../protocol/worker-link.ts';
import { isHung } from '../rollout/limits.ts';
import { steady } from '../os/clock.ts';
import type { Effect, Worker } from '../rollout/types.ts';
import type { Loop } from './loop.ts';
import type { Story } from './story.ts';
import type { Traffic } from './traffic.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

/** What the machine wants done to a worker that is to go. */
export type Dismissal = Extract<Effect, { type: 'drain' | 'signal' | 'kill' }>;

export class Farewell {
  private readonly loop: Loop;
  private readonly traffic: Traffic;
  private readonly story: Story;
  private readonly inForeground: boolean;
  /** What workers that have ended left is being ended. */
  private readonly sweeping = new Set<Promise<void>>();

  constructor(loop: Loop, traffic: Traffic, story: Story, inForeground: boolean) {
    this.loop = loop;
    this.traffic = traffic;
    this.story = story;
    this.inForeground = inForeground;
  }

  /** Does it; `spec` is what holds for the app now. */
  carryOut(handle: WorkerHandle, effect: Dismissal, spec: AppSpec, at: number): void {
    switch (effect.type) {
      case 'drain':
        this.traffic.closed(handle);
        // One that was kept is let go: it was dismissed before.
        if (!handle.departure) this.story.dismissed(handle, at);
        return this.drain(handle, effect, spec);
      case 'signal':
        this.story.stopping(handle);
        return void handle.tree.ask(this.stopSignal(handle), handle.isLinked ? handle.say : null);
      case 'kill':
        this.story.killed(handle, at);
        return void handle.tree.kill();
    }
  }

  /**
   * Its process has ended. Resolves, with whether it was asked to, when its slot is free: what it left goes first where
   * somebody waits for its end, or its successor needs the same ports.
   */
  async ended(handle: WorkerHandle, { killTimeout }: AppSpec): Promise<boolean> {
    this.traffic.closed(handle);
    const stage = this.loop.machine.workers.find(({ id }) => id === handle.id)?.stage;
    const asked = stage === 'stopping' || stage === 'draining';
    const swept = handle.tree.end(killTimeout).finally(() => this.sweeping.delete(swept));
    this.sweeping.add(swept);
    if (asked || handle.mode === 'fork') await swept;
    return asked;
  }

  /** Resolves when nothing of the workers that have ended is left. */
  swept(): Promise<unknown> {
    return Promise.all(this.sweeping);
  }

  /** One that has not told anything yet has not told that it listens for anything either. */
  private stopSignal({ load }: WorkerHandle): NodeJS.Signals {
    return load === NO_LOAD && this.inForeground ? 'SIGTERM' : load.signal;
  }

  /** A master before has dismissed it. */
  drainOn(handle: WorkerHandle, { parting, deadline, kept }: Worker): void {
    if (parting === null) return;
    const within = Math.max(0, (deadline ?? 0) - steady());
    this.tellToDrain(handle, { parting, within, kept });
  }

  private drain(handle: WorkerHandle, effect: Extract<Effect, { type: 'drain' }>, { limits }: AppSpec): void {
    // What a fork-mode app has open is its own business; a hung worker does not hear of it, and has had its time.
    if (handle.mode === 'fork' || isHung(limits, handle.silence))
      return this.loop.dispatch({ type: 'settled', worker: handle.id, empty: true });
    this.tellToDrain(handle, effect);
  }

  private tellToDrain(
    handle: WorkerHandle,
    { parting, within, kept }: Pick<Extract<Effect, { type: 'drain' }>, 'parting' | 'within' | 'kept'>,
  ): void {
    const leisure = parting === 'hand-over';
    const finish = parting === 'finish';
    handle.tell({
      act: 'drain',
      move: !finish,
      within: leisure ? within : 0,
      status: finish ? 1001 : 1012,
      keeps: kept,
    });
  }
}

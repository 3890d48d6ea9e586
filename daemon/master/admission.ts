// How a worker comes to its connections, and comes to them again.
import type { Hello } from '../protocol/worker-link.ts';
import type { Effect, Worker } from '../rollout/types.ts';
import type { Farewell } from './farewell.ts';
import type { HealthWatch } from './health-watch.ts';
import type { Story } from './story.ts';
import type { Traffic } from './traffic.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';
import type { AppSpec } from '../protocol/model.ts';

/** What the machine wants done with a worker that is there. */
export type WorkerEffect = Extract<Effect, { type: 'standby' | 'admit' | 'readmit' | 'drain' | 'signal' | 'kill' }>;

export class Admission {
  private readonly traffic: Traffic;
  private readonly story: Story;
  private readonly health: HealthWatch;
  private readonly farewell: Farewell;
  /** How long (ms) a worker has been there. */
  private readonly ageOf: (handle: WorkerHandle) => number;

  constructor(
    traffic: Traffic,
    story: Story,
    health: HealthWatch,
    farewell: Farewell,
    ageOf: (handle: WorkerHandle) => number,
  ) {
    this.traffic = traffic;
    this.story = story;
    this.health = health;
    this.farewell = farewell;
    this.ageOf = ageOf;
  }

  /** It is there again, under another master than the one that told it what to do: it hears it once more. */
  resumed(handle: WorkerHandle, worker: Worker | undefined, hello: Pick<Hello, 'draining'>): void {
    if (worker?.stage === 'draining') this.farewell.drainOn(handle, worker);
    else if (hello.draining && worker?.stage === 'online') handle.tell({ act: 'resume' });
  }

  /** Does it; `spec` is what holds for the app now. */
  carryOut(handle: WorkerHandle, effect: WorkerEffect, spec: AppSpec, at: number): void {
    switch (effect.type) {
      case 'standby':
        return this.story.waits(handle, this.ageOf(handle), at);
      case 'admit':
        handle.admitted = true;
        this.story.admitted(handle, this.ageOf(handle), at);
        this.health.admitted(handle);
        return this.traffic.opened(handle);
      case 'readmit':
        handle.admitted = true;
        handle.tell({ act: 'resume' });
        this.story.readmitted(handle, at);
        this.health.admitted(handle);
        return this.traffic.opened(handle);
      case 'drain':
      case 'signal':
      case 'kill':
        this.health.dismissed(handle);
        return this.farewell.carryOut(handle, effect, spec, at);
    }
  }
}

// One app's master, whatever process it lives in: one of its own (main.ts), or that of `zdm run`.
import { logEvent } from '../os/log.ts';
import type { AppSpec } from '../protocol/model.ts';
import type { Service } from '../protocol/peer.ts';
import { App, type AppOptions } from './app.ts';
import { Figures } from './figures.ts';
import { LimitWatch } from './limit-watch.ts';
import { ownOperation } from './own-operation.ts';
import { MasterServer } from './server.ts';
import { StatusReporter } from './status.ts';

interface Surroundings extends AppOptions {
  /** Workers are told in messages when their memory is high, and whom they replace (for zdm/master). */
  readonly tellsWorkers?: boolean;
  /** Called once, when the app was stopped and its output is out: there is nothing left to be a master of. */
  ended(): void;
}

/** What deploy scripts send to a master. */
export type MasterSignal = 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGTERM';

export class Master {
  readonly app: App;
  private readonly server: MasterServer;
  private readonly limits: LimitWatch;
  private ending = false;

  constructor(id: number, spec: AppSpec, around: Surroundings) {
    const { tellsWorkers = false, ended, ...options } = around;
    this.app = new App(
      spec,
      options,
      () => this.server.publishSoon(),
      () => void this.end(ended),
    );
    this.limits = new LimitWatch(this.app, tellsWorkers);
    const figures = new Figures(this.app, () => {
      this.limits.look((worker) => figures.of(worker));
      this.server.measured();
    });
    this.server = new MasterServer(this.app, new StatusReporter(id, this.app, figures), figures);
  }

  /** What one connection can ask of it. */
  service(): Service {
    return this.server.service();
  }

  /** Does what the signal is for. */
  signalled(signal: MasterSignal): void {
    switch (signal) {
      case 'SIGHUP':
      case 'SIGUSR1':
        // One that is being stopped is not to come back by this.
        return this.app.loop.machine.up ? ownOperation(this.app, 'reload', signal) : undefined;
      case 'SIGUSR2':
        this.limits.paused = !this.limits.paused;
        if (this.app.spec.limits) logEvent(this.limits.paused ? 'limits pause' : 'limits hold again', { signal });
        return passOn(this.app, signal);
      case 'SIGTERM':
        return ownOperation(this.app, 'stop', signal);
    }
  }

  /** Ends every worker at once, without another word. */
  async killAll(): Promise<void> {
    await Promise.all([...this.app.handles.values()].map(({ tree }) => tree.kill()));
  }

  /** Resolves when nothing of the workers that have ended is left. */
  swept(): Promise<unknown> {
    return this.app.farewell.swept();
  }

  private async end(ended: () => void): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    this.server.end();
    await this.swept();
    await this.app.closeLogs();
    ended();
  }
}

/** Sends the signal to the workers that have a use for it: it would end the others. */
function passOn({ handles, spec }: App, signal: 'SIGUSR2'): void {
  for (const { load, child, slot } of handles.values()) {
    // Node takes heap snapshots and profiles at a signal without the app's doing.
    if (load.profiles || spec.nodeArgs.some((arg) => arg.includes(signal))) child.kill(signal);
    else logEvent('not passed on, the worker does not listen for it', { signal, slot });
  }
}

/** A bug must not take the traffic down with it: it is said, and the process goes on serving. */
export function surviveBugs(facts: Record<string, unknown>, isNoBug: (error: unknown) => boolean = () => false): void {
  const said = (error: unknown): void => {
    if (!isNoBug(error)) logEvent('bug', { ...facts, error: error instanceof Error ? error.stack : String(error) });
  };
  process.on('uncaughtException', said);
  process.on('unhandledRejection', said);
}

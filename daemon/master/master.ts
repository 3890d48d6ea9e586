// One app's master, whatever process it lives in: one of its own (main.ts), or that of `zdm run`.
import { logEvent } from '../os/log.ts';
import type { Legacy } from '../protocol/heir-link.ts';
import type { Heritage, MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec } from '../protocol/model.ts';
import type { Service } from '../protocol/peer.ts';
import { App, type AppOptions } from './app.ts';
import { Figures } from './figures.ts';
import type { HandoverSurroundings } from './handover.ts';
import { LimitWatch } from './limit-watch.ts';
import { ownOperation } from './own-operation.ts';
import { MasterServer } from './server.ts';
import type { WorkerHandle } from './worker-handle.ts';
import { StatusReporter } from './status.ts';

interface Surroundings extends Omit<AppOptions, 'handover'> {
  /** Starts the master that takes this one's place; none can where it is left out. */
  readonly launchHeir?: HandoverSurroundings['launch'];
  /** Called once, when another master has taken this one's place: the process has to end in this turn. */
  succeeded?(): void;
  /** Workers are told in messages when their memory is high, and whom they replace (for zdm/master). */
  readonly tellsWorkers?: boolean;
  /** Called once, when the app was stopped and its output is out: there is nothing left to be a master of. */
  ended(): void;
  /** Workers came or went, perhaps. */
  changed?(workers: Iterable<WorkerHandle>): void;
  /** The daemon follows it, or (false) does not any more. */
  followed?(byDaemon: boolean): void;
}

/** Lines that an heir gets: what a dashboard shows at first. */
const LINES = 1_000;

/** What deploy scripts send to a master. */
export type MasterSignal = 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGTERM';

export class Master {
  readonly app: App;
  private readonly server: MasterServer;
  private readonly limits: LimitWatch;
  private readonly reporter: StatusReporter;
  private readonly figures: Figures;
  private ending = false;

  constructor(id: number, spec: AppSpec, around: Surroundings) {
    const { tellsWorkers = false, ended, followed, changed, launchHeir, succeeded, ...options } = around;
    this.app = new App(
      spec,
      {
        ...options,
        memory: () => [...this.app.handles.values()].map(({ id }) => this.figures?.of(id).memory ?? 0),
        handover: {
          launch: launchHeir ?? (() => Promise.reject(new Error('this master cannot be replaced'))),
          legacy: (waiting) => this.legacy(waiting),
          succeeded: () => succeeded?.(),
        },
      },
      () => {
        changed?.(this.app.handles.values());
        this.server.publishSoon();
      },
      () => void this.end(ended),
    );
    this.limits = new LimitWatch(this.app, tellsWorkers);
    this.figures = new Figures(this.app, () => {
      this.limits.look((worker) => this.figures.of(worker));
      this.app.canary.measure();
      this.server.measured();
    });
    this.reporter = new StatusReporter(id, this.app, this.figures);
    this.server = new MasterServer(this.app, this.reporter, this.figures, followed);
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

  /** Begins in the place of another master, without workers yet. */
  succeed({ generation, listens, nextWorker, releases }: Heritage): void {
    const known = releases ? this.app.releases.inherit(releases) : {};
    this.app.loop.inherit({
      up: true,
      instances: 0,
      generation,
      lastGeneration: generation,
      listens,
      nextWorker,
      ...known,
    });
  }

  /** Everything is here now: goes on where the old master has stopped. */
  inherit({ lastGeneration, restarts, since, history, lines, ...story }: Legacy): void {
    const { loop, output } = this.app;
    loop.inherit({ lastGeneration, restarts: restarts + loop.machine.restarts });
    this.app.story.inherit(story);
    this.figures.inherit(history);
    output.lines.inherit(lines);
    this.reporter.inherit(since);
  }

  /** What an heir needs to go on. */
  private legacy(waiting: readonly MasterOperation[]): Legacy {
    const { story, loop, output } = this.app;
    const { lastGeneration, restarts } = loop.machine;
    return {
      lastGeneration,
      restarts,
      since: this.reporter.status().since,
      operations: story.operations.list.filter(({ endedAt }) => endedAt !== null),
      events: story.events.list,
      lastExit: story.lastExit,
      history: this.figures.history,
      lines: output.lines.last(LINES),
      waiting,
    };
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

// One app's master, whatever process it lives in: one of its own (main.ts), or that of `zdm run`.
import { logEvent } from '../os/log.ts';
import type { Legacy } from '../protocol/heir-link.ts';
import type { ListenSocket } from '../connections/internals.ts';
import type { HeldPlace } from '../protocol/worker-link.ts';
import type { Description } from '../protocol/master-contract.ts';
import type { AppSpec } from '../protocol/model.ts';
import type { Arrival } from './adoption/arrivals.ts';
import type { Service } from '../protocol/peer.ts';
import { App, type AppOptions } from './app.ts';
import { Figures } from './figures.ts';
import type { Journal, SavedApp } from './adoption/journal.ts';
import { LimitWatch } from './limit-watch.ts';
import { ownOperation } from './own-operation.ts';
import { MasterServer } from './server.ts';
import { StatusReporter } from './status.ts';

interface Surroundings extends AppOptions {
  /** Workers are told in messages when their memory is high, and whom they replace (for zdm/master). */
  readonly tellsWorkers?: boolean;
  /** Where the next master finds what it has to know of the app; nowhere when it is left out. */
  readonly journal?: Journal | undefined;
  /** Something about the app has changed, perhaps. */
  changed?(): void;
  /** Called once, when the app was stopped and its output is out: there is nothing left to be a master of. */
  ended(): void;
}

/** A copy of a socket, from a master before. */
export interface HeldCopy {
  readonly place: HeldPlace;
  readonly socket: ListenSocket;
  /** It is that slot's. */
  readonly slot: number | null;
}

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
    const { tellsWorkers = false, journal, changed, ended, ...options } = around;
    this.app = new App(
      spec,
      {
        ...options,
        memory: () => [...this.app.handles.values()].map(({ id }) => this.figures?.of(id).memory ?? 0),
      },
      () => {
        if (!this.ending) journal?.write(this.saved());
        changed?.();
        this.server.publishSoon();
      },
      () => void this.end(() => (journal?.remove(), ended())),
    );
    this.limits = new LimitWatch(this.app, tellsWorkers);
    this.figures = new Figures(this.app, () => {
      this.limits.look((worker) => this.figures.of(worker));
      this.app.canary.measure();
      this.server.measured();
    });
    this.reporter = new StatusReporter(id, this.app, this.figures);
    this.server = new MasterServer(this.app, this.reporter, this.figures);
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

  /** Goes on with the app and its workers where a master that has gone has stopped. */
  adopt(saved: SavedApp, held: readonly HeldCopy[]): void {
    this.reporter.inherit(saved.since);
    this.app.resumption.begin(saved);
    for (const { place, socket, slot } of held) this.app.traffic.listeners.adopt(place, socket, slot);
  }

  /** Everything of an old master of 0.1.0 is here now. */
  inherit({ lastGeneration, restarts, since, history, lines, ...story }: Legacy): void {
    const { loop, output } = this.app;
    loop.inherit({ lastGeneration, restarts: restarts + loop.machine.restarts });
    this.app.story.inherit(story);
    this.figures.inherit(history);
    output.lines.inherit(lines);
    this.reporter.inherit(since);
  }

  /** A worker of a master before has come. */
  arrived({ hello, take, refuse }: Arrival): void {
    const { mark, id } = hello.identity;
    const handle = this.app.handles.get(id);
    // Nobody knows it, another one has its place, or it is there already.
    if (!handle || handle.tree.mark !== mark || handle.isLinked) return refuse();
    handle.attach(take);
    this.app.resumption.greeted(handle, hello);
  }

  /** Nothing is read or written any more: the next master goes on. Resolves when what was read is in the log files. */
  async leave(): Promise<void> {
    this.ending = true;
    await this.app.output.leave();
  }

  /** A connection has come in that no worker was sent yet. */
  get hasWaiting(): boolean {
    return this.app.traffic.handOut.waiting > 0;
  }

  /** A connection was sent to a worker, which has not said that it has it. */
  get hasUnanswered(): boolean {
    return [...this.app.handles.values()].some(({ unanswered }) => unanswered > 0);
  }

  /** What it was told of the app; for zdmd alone, because the values of variables are in it. */
  description(): Description {
    return this.reporter.description();
  }

  /** What the next master has to know. */
  private saved(): SavedApp {
    const { loop, handles, releases, story } = this.app;
    const workers = [...handles.values()].flatMap(({ id, output, tree, process: { identity } }) =>
      identity ? [{ ...identity, id, mark: tree.mark, output }] : [],
    );
    const { operations, events, lastExit } = story;
    const told = { operations: operations.list, events: events.list, lastExit };
    return { machine: loop.machine, workers, ...releases.saved, since: this.reporter.since, ...told };
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
    await this.app.output.close();
    ended();
  }
}

/** Sends the signal to the workers that have a use for it: it would end the others. */
function passOn({ handles, spec }: App, signal: 'SIGUSR2'): void {
  for (const { load, process, slot } of handles.values()) {
    // Node takes heap snapshots and profiles at a signal without the app's doing.
    if (load.profiles || spec.nodeArgs.some((arg) => arg.includes(signal))) process.kill(signal);
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

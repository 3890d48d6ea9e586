// The app's whole status, put together from what the machine decided and what the processes report.
import { steady, toWall } from '../os/clock.ts';
import type { Description, Release } from '../protocol/master-contract.ts';
import type { AppStatus, PreviousRelease, ReleaseInfo, WorkerStatus } from '../protocol/model.ts';
import { redact } from '../protocol/redact.ts';
import { VERSION } from '../protocol/version.ts';
import { appState, onlineCount } from '../rollout/status.ts';
import type { App } from './app.ts';
import type { Figures } from './figures.ts';
import { infoOf } from './release.ts';

export class StatusReporter {
  private phaseBegan = Date.now();
  private lastPhase = '';
  private readonly id: number;
  private readonly app: App;
  private readonly figures: Figures;

  constructor(id: number, app: App, figures: Figures) {
    this.id = id;
    this.app = app;
    this.figures = figures;
  }

  /** It has been serving since then, with another master. */
  inherit(since: number): void {
    this.phaseBegan = since;
    this.lastPhase = 'serving';
  }

  /** Since when the app is in its phase. */
  get since(): number {
    const { machine } = this.app.loop;
    // Serving is one state for this: an app that serves while it starts more workers has been up all the time.
    const phase = onlineCount(machine) > 0 ? 'serving' : appState(machine, steady()).state;
    if (phase !== this.lastPhase) {
      this.lastPhase = phase;
      this.phaseBegan = Date.now();
    }
    return this.phaseBegan;
  }

  /** The status at this moment. Values of environment variables stay here; their names are shown. */
  status(): AppStatus {
    const { app } = this;
    const { spec } = app;
    const { machine } = app.loop;
    const { state, reason, retryAt } = appState(machine, steady());
    const last = app.story.operations.list.at(-1);
    const up = onlineCount(machine);
    return {
      id: this.id,
      name: spec.name,
      spec: redact(spec),
      state,
      // The operation knows more than the machine: who has the port, for one.
      reason: reason !== null && last?.failure?.reason.includes(reason) ? last.failure.reason : reason,
      retryAt: retryAt && toWall(retryAt),
      masterPid: process.pid,
      masterVersion: VERSION,
      generation: machine.generation,
      release: nullable(app.releases.find(machine.generation)),
      previous: this.previous(),
      wanted: machine.instances,
      up,
      since: this.since,
      restarts: machine.restarts,
      workers: this.workers(),
      listeners: app.traffic.listeners.places,
      waiting: app.traffic.handOut.waiting,
      lastExit: app.story.lastExit,
      operations: app.story.operations.list,
      events: app.story.events.list,
    };
  }

  /** What it was told; for zdmd alone, because the values of variables are in it. */
  description(): Description {
    const { spec, loop, story } = this.app;
    const asked = story.operations.list.findLast(({ endedAt }) => endedAt === null)?.kind;
    return {
      id: this.id,
      spec: { ...spec, instances: loop.machine.instances },
      up: asked === undefined ? loop.machine.up : asked !== 'stop' && asked !== 'delete',
      deleted: asked === 'delete',
    };
  }

  private previous(): PreviousRelease | null {
    const { previous, trial, operation } = this.app.loop.machine;
    const release = this.app.releases.find(previous?.generation);
    if (!release) return null;
    const isWarm = trial?.warm === true && trial.until !== null && trial.from === release.generation && !operation;
    return { ...infoOf(release), warmUntil: isWarm ? toWall(trial.until!) : null };
  }

  private workers(): WorkerStatus[] {
    const { handles } = this.app;
    const { machine } = this.app.loop;
    const workers = machine.workers.map((worker) => {
      const handle = handles.get(worker.id);
      return {
        id: worker.id,
        slot: worker.slot,
        pid: handle?.pid ?? 0,
        generation: worker.generation,
        stage: worker.stage,
        startedAt: toWall(worker.startedAt),
        readyAt: worker.readyAt && toWall(worker.readyAt),
        deadline: worker.deadline && toWall(worker.deadline),
        ...this.figures.of(worker.id),
      };
    });
    return workers.toSorted((one, other) => one.slot - other.slot || one.id - other.id);
  }
}

function nullable(release: Release | null): ReleaseInfo | null {
  return release && infoOf(release);
}

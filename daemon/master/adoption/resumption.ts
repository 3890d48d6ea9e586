// An app goes on with the workers of a master before: its state is taken up, the workers come one by one, and when all that will come
// have come, what is missing is told to the machine.
import type { ListenSocket } from '../../connections/internals.ts';
import { steady } from '../../os/clock.ts';
import { logEvent } from '../../os/log.ts';
import type { AppSpec } from '../../protocol/model.ts';
import type { Hello } from '../../protocol/worker-link.ts';
import type { Machine } from '../../rollout/types.ts';
import type { Admission } from '../admission.ts';
import { launchSpec } from '../release.ts';
import { adoptWorker, type Nursery } from '../workers/new-worker.ts';
import type { WorkerHandle } from '../workers/worker-handle.ts';
import { Adoption, takenOf } from './adoption.ts';
import type { SavedApp } from './journal.ts';

/** The app that is gone on with. */
interface Household extends Nursery {
  readonly spec: AppSpec;
  /** What holds for it from now on. */
  adopt(spec: AppSpec): void;
}

/** A worker that was starting when its master died has at least this time (ms) to be ready: nobody heard it meanwhile. */
const LEAST_TIME = 5_000;

export class Resumption {
  private readonly app: Household;
  private readonly admission: Admission;
  private readonly epoch: number;
  private adoption: Adoption | null = null;
  /** Of the workers that have come from a master before. One that comes late has given connections away to others of them. */
  private readonly hellos = new Map<number, Hello>();

  /** `epoch` is this master's number. */
  constructor(app: Household, admission: Admission, epoch: number) {
    this.app = app;
    this.admission = admission;
    this.epoch = epoch;
  }

  /** Takes the state up, with the workers that run. What happens waits until they have come. Throws where it cannot be gone on with. */
  begin(saved: SavedApp): void {
    const { loop, handles } = this.app;
    const before = loop.machine;
    loop.hold();
    try {
      this.takeUp(saved);
    } catch (error) {
      // The app can be started, as if nothing had been there.
      for (const { tree } of handles.values()) void tree.kill();
      handles.clear();
      loop.inherit(before);
      loop.release([]);
      throw error;
    }
  }

  private takeUp(saved: SavedApp): void {
    const { machine, workers, releases, asked, latest } = saved;
    const { app } = this;
    app.loop.inherit(withTime(machine, steady() + LEAST_TIME));
    app.releases.restore(releases, asked, latest);
    app.adopt(latest);
    app.story.restore(saved, machine.operation);
    for (const worker of machine.workers) {
      const found = workers.find(({ id }) => id === worker.id);
      const handle = found ? adoptWorker(app, found, worker) : null;
      if (handle && worker.stage === 'draining') app.story.stillDeparts(handle);
    }
    const expected = [...app.handles.values()].filter((handle) => handle.isPreloaded).map(({ id }) => id);
    this.adoption = new Adoption(expected, { concluded: () => this.conclude() });
  }

  /** All workers that will come have come: what is missing is missing, and what happened meanwhile is dealt with. */
  private conclude(): void {
    const { loop, handles, traffic, spec } = this.app;
    this.adoption = null;
    const { machine } = loop;
    for (const handle of handles.values()) {
      if (!handle.isPreloaded) handle.admitted = machine.workers.find(({ id }) => id === handle.id)?.stage === 'online';
      const hello = this.hellos.get(handle.id);
      if (hello) this.giveAgain(handle, hello);
    }
    traffic.bindMissing(spec);
    const gone = machine.workers.filter(({ id }) => !handles.has(id));
    logEvent('adopted', { app: spec.name, workers: handles.size, gone: gone.length });
    loop.release(gone.map(({ id }) => ({ type: 'absent', worker: id })));
  }

  private giveAgain(handle: WorkerHandle, { identity, gives }: Hello): void {
    const taken = takenOf({ mark: identity.mark, gives }, this.hellos.values());
    if (taken.length > 0) handle.tell({ act: 'taken', gives: taken });
    handle.tell({ act: 'again' });
  }

  /** A worker is there, for the first time or again after another master. */
  greeted(handle: WorkerHandle, hello: Hello): void {
    const { app } = this;
    handle.tell({ act: 'welcome', epoch: this.epoch });
    // It had just begun when its master died, and asks for everything anew.
    if (hello.epoch === 0) return this.adoption?.settled(handle.id);
    for (const { request, server } of hello.places) handle.resumePlace(request.key, server);
    app.traffic.came(handle, hello);
    const worker = app.loop.machine.workers.find(({ id }) => id === handle.id);
    handle.admitted = worker?.stage === 'online';
    this.admission.resumed(handle, worker, hello);
    if (hello.saidReady) app.loop.dispatch({ type: 'ready', worker: handle.id });
    if (handle.listening.length > 0) {
      app.health.listening(handle, launchSpec(app.releases.of(handle.generation)));
      app.noteListening(handle);
    }
    this.hellos.set(handle.id, hello);
    const isLate = this.adoption === null;
    if (isLate) app.traffic.bindMissing(app.spec);
    if (isLate) this.giveAgain(handle, hello);
    else if (app.traffic.hasAll(handle)) this.adoption?.settled(handle.id);
    app.traffic.opened(handle);
  }

  /** A worker has a copy of the socket of a place: from a master before, who cannot have another. */
  lent(handle: WorkerHandle, key: string, slot: boolean, socket: ListenSocket | undefined): void {
    this.app.traffic.lent(handle, key, slot, socket);
    if (this.hellos.has(handle.id) && this.app.traffic.hasAll(handle)) this.adoption?.settled(handle.id);
  }

  /** A worker has ended: it is not waited for any more. */
  ended({ id }: WorkerHandle): void {
    this.adoption?.settled(id);
  }
}

function withTime(machine: Machine, least: number): Machine {
  const workers = machine.workers.map((worker) =>
    worker.stage === 'starting' && worker.deadline !== null
      ? { ...worker, deadline: Math.max(worker.deadline, least) }
      : worker,
  );
  return { ...machine, workers };
}

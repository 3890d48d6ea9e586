// name -> app. What the user wants is stored before it is acted on; what runs is found out by asking the masters.
import { randomUUID } from 'node:crypto';
import { logEvent } from '../os/log.ts';
import type { ControlRef, Methods, OperationRef, ScaleBy } from '../protocol/contract.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { AppFigures, AppHistory, AppSpec, AppStatus } from '../protocol/model.ts';
import type { RegistryFile } from '../store/registry-file.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import { AppHandle, type Surroundings } from './app-handle.ts';
import type { Masters } from './masters.ts';
import { freeId, withFreeId } from './free-id.ts';
import { Agreement } from './agreement.ts';
import { unfinished } from './intent.ts';
import { Notes } from './notes.ts';
import { isRunning, refuseOperation, refuseStart } from './refusals.ts';
import { resolveTargets } from '../protocol/targets.ts';
import { within } from './within.ts';

export interface RegistryEvents {
  changed(status: AppStatus): void;
  removed(name: string): void;
  /** Nothing but figures changed. */
  measured(figures: AppFigures): void;
}

/** A master that was killed is followed by the next one well within this time (ms). */
const SETTLE_LIMIT = 5_000;
/** All apps are taken over within this time (ms). */
const RENEW_LIMIT = 10_000;

export class Registry {
  private readonly apps = new Map<string, AppHandle>();
  private readonly notes: Notes;
  private readonly around: Surroundings;
  private readonly events: RegistryEvents;
  private readonly agreement = new Agreement((app, spec) => this.notes.changeInTime(app, { spec }));
  /** One at a time: who asks meanwhile means the same one. */
  private renewing: Promise<number> | null = null;
  private readonly watchers = new Set<(app: AppHandle) => void>();

  constructor(file: RegistryFile, masters: Masters, events: RegistryEvents) {
    this.notes = new Notes(file, () => this.handles.map(({ record }) => record));
    this.events = events;
    this.around = {
      masters,
      changed: (app) => {
        this.agreement.look(app);
        events.changed(app.status);
      },
      measured: (figures) => events.measured(figures),
      joined: (app) => {
        for (const watcher of this.watchers) watcher(app);
      },
      left: (app) => this.left(app),
      sought: (app) => this.finish(app),
    };
    for (const record of file.read()) this.hold(record);
  }

  /** By id. */
  get statuses(): AppStatus[] {
    return this.handles.map(({ status }) => status);
  }

  /** At daemon start: finds the masters that live, also of apps that the list has lost, and starts those that should. */
  async adopt(): Promise<void> {
    const lost = await this.around.masters.find(new Set(this.apps.keys()));
    for (const record of lost) this.hold(withFreeId(record, this.handles));
    if (lost.length > 0) this.notes.writeInTime();
    await Promise.all(
      this.handles.map(async (app) => {
        const found = await app.adopt();
        if (found) logEvent('adopted', { app: app.name });
        this.finish(app);
      }),
    );
  }

  private finish(app: AppHandle): void {
    const left = unfinished(app.record, app.status, app.hasMaster);
    if (left === 'start') app.bringBack();
    else if (left === 'forget') this.left(app);
    else if (left !== null)
      this.operation(app, left, {}).catch((error: unknown) =>
        logEvent('cannot be stopped', { app: app.name, error: messageOf(error) }),
      );
  }

  async start({ specs, replace, by, patient }: Methods['start']['params']): Promise<OperationRef[]> {
    const names = specs.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new ZdmError('BAD_REQUEST', 'Two of these apps have one name.');
    for (const spec of specs) refuseStart(spec, this.apps.get(spec.name), replace);
    return Promise.all(
      specs.map(async (spec) => {
        const known = this.apps.get(spec.name);
        const kind = known && isRunning(known) ? 'reload' : 'start';
        const app = known ?? this.add(spec);
        this.notes.change(app, { spec, up: true });
        return this.operation(app, kind, { spec, by, patient });
      }),
    );
  }

  async operate({ kind, targets, scale, slot, by }: Methods['operate']['params']): Promise<OperationRef[]> {
    // An app that is being deleted is gone for everything else.
    const apps = resolveTargets(
      kind === 'delete' ? this.handles : this.handles.filter((app) => !app.record.deleted),
      targets,
    );
    if (kind === 'scale' && !scale) throw new ZdmError('BAD_REQUEST', '"scale" needs a number.');
    for (const app of apps) refuseOperation(kind, app.status, { slot });
    return Promise.all(
      apps.map(async (app) => {
        // Between two masters: what is asked is asked of the next one.
        await within(SETTLE_LIMIT, app.settled());
        if (kind === 'stop') return this.stop(app, by);
        if (kind === 'delete') return this.delete(app, by);
        if (kind === 'scale' && !(app.record.up && app.hasMaster)) return this.scaleStopped(app, scale!);
        if (kind === 'start' && app.record.up && app.status.state === 'online')
          return { name: app.name, op: null, kind };
        this.notes.change(app, { up: true });
        return this.operation(app, app.hasMaster ? kind : 'start', {
          scale,
          slot,
          by,
          spec: app.hasMaster ? undefined : app.record.spec,
        });
      }),
    );
  }

  async control({ action, targets, by }: Methods['control']['params']): Promise<ControlRef[]> {
    const apps = resolveTargets(
      this.handles.filter((app) => !app.record.deleted),
      targets,
    );
    return Promise.all(
      apps.map(async (app) => ({ name: app.name, op: await app.control({ action, by: by ?? null }) })),
    );
  }

  /** Stops every app, and resolves when all have ended or `limit` ms have passed; how many there were. */
  async stopAll(limit: number): Promise<number> {
    // Workers whose master was just killed serve on: they get the next one first, which can stop them.
    await within(SETTLE_LIMIT, Promise.all(this.handles.map((app) => app.settled())));
    const apps = this.handles.filter(({ hasMaster, isUnreachable, record }) => hasMaster || isUnreachable || record.up);
    const stops = await Promise.all(apps.map((app) => this.stop(app)));
    await within(limit, Promise.all(apps.map((app) => app.left)));
    return stops.filter(({ op }) => op !== null).length;
  }

  /** Takes up apps that do not run. */
  keep(specs: readonly AppSpec[]): void {
    for (const spec of specs) {
      const app = this.add(spec);
      this.notes.change(app, { up: false });
      app.refresh();
    }
  }

  /** Another master takes the place of the one that runs; the workers stay. Resolves, with its pid, when it has every app. */
  renewMaster(): Promise<number> {
    this.renewing ??= this.renew().finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async renew(): Promise<number> {
    const pid = await this.around.masters.renew();
    await within(RENEW_LIMIT, Promise.all(this.handles.map((app) => app.left)));
    await within(RENEW_LIMIT, Promise.all(this.handles.map((app) => app.settled())));
    return pid;
  }

  /** The named apps, all when none is named. */
  find(targets: readonly string[]): AppHandle[] {
    return resolveTargets(this.handles, targets.length === 0 ? ['all'] : targets);
  }

  /** Calls `watcher` with each app that gets a master, until the returned function is called. */
  watch(watcher: (app: AppHandle) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Of every app whose master answers. */
  async histories(): Promise<AppHistory[]> {
    const histories = await Promise.all(this.handles.map((app) => app.query('history')));
    return histories.filter((history) => history !== null);
  }

  /** Lets go of the masters. They go on. */
  close(): void {
    for (const app of this.apps.values()) app.close();
  }

  private get handles(): AppHandle[] {
    return [...this.apps.values()].toSorted((one, other) => one.id - other.id);
  }

  private add(spec: AppSpec): AppHandle {
    return this.hold({ id: freeId(this.handles), spec, up: true, deleted: false });
  }

  private hold(record: AppRecord): AppHandle {
    const app = new AppHandle(record, this.around);
    this.apps.set(app.name, app);
    return app;
  }

  private scaleStopped(app: AppHandle, { mode, count }: ScaleBy): OperationRef {
    const { spec } = app.record;
    const instances = Math.max(1, mode === 'add' ? spec.instances + count : count);
    this.notes.change(app, { spec: { ...spec, instances } });
    if (!app.hasMaster) app.refresh();
    return { name: app.name, op: null, kind: 'scale' };
  }

  private async stop(app: AppHandle, by?: string): Promise<OperationRef> {
    this.notes.changeInTime(app, { up: false });
    // Without waiting where there is one: what comes next must not get there first.
    const isThere = app.hasMaster || app.isUnreachable || (await app.hasOrGetsMaster());
    return isThere ? this.operation(app, 'stop', { by }) : { name: app.name, op: null, kind: 'stop' };
  }

  private async delete(app: AppHandle, by?: string): Promise<OperationRef> {
    this.notes.changeInTime(app, { up: false, deleted: true });
    if (app.hasMaster || app.isUnreachable) return this.operation(app, 'delete', { by });
    this.left(app);
    return { name: app.name, op: null, kind: 'delete' };
  }

  private async operation(
    app: AppHandle,
    kind: OperationRef['kind'],
    extra: Parameters<AppHandle['operate']>[2],
  ): Promise<OperationRef> {
    const op = randomUUID();
    const instances = await app.operate(kind, op, extra);
    if (instances === null) return { name: app.name, op: null, kind };
    const keeps = kind === 'stop' || kind === 'delete' || instances === app.record.spec.instances;
    if (!keeps) this.notes.change(app, { spec: { ...app.record.spec, instances } });
    return { name: app.name, op, kind };
  }

  private left(app: AppHandle): void {
    if (!app.record.deleted || !this.apps.delete(app.name)) return;
    app.close();
    this.around.masters.forget(app.name);
    this.notes.writeInTime();
    this.events.removed(app.name);
  }
}

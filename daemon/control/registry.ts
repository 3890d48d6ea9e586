// name -> app. What the user wants is stored before it is acted on; what runs is found out by asking the masters.
import { randomUUID } from 'node:crypto';
import { logEvent } from '../os/log.ts';
import type { ControlRef, Methods, OperationRef, ScaleBy } from '../protocol/contract.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { AppFigures, AppHistory, AppSpec, AppStatus } from '../protocol/model.ts';
import type { AppRecord, RegistryFile } from '../store/registry-file.ts';
import { AppHandle, type Surroundings } from './app-handle.ts';
import type { Masters } from './masters.ts';
import { isRunning, refuseHandover, refuseSlot, refuseTaken } from './refusals.ts';
import { resolveTargets } from '../protocol/targets.ts';

export interface RegistryEvents {
  changed(status: AppStatus): void;
  removed(name: string): void;
  /** Nothing but figures changed. */
  measured(figures: AppFigures): void;
}

export class Registry {
  private readonly apps = new Map<string, AppHandle>();
  private readonly file: RegistryFile;
  private readonly around: Surroundings;
  private readonly events: RegistryEvents;
  private readonly watchers = new Set<(app: AppHandle) => void>();

  constructor(file: RegistryFile, masters: Masters, events: RegistryEvents) {
    this.file = file;
    this.events = events;
    this.around = {
      masters,
      changed: (app) => {
        this.agree(app);
        events.changed(app.status);
      },
      measured: (figures) => events.measured(figures),
      joined: (app) => {
        for (const watcher of this.watchers) watcher(app);
      },
      left: (app) => this.left(app),
      sought: (app) => this.finish(app),
    };
    for (const record of file.read()) this.apps.set(record.spec.name, new AppHandle(record, this.around));
  }

  /** By id. */
  get statuses(): AppStatus[] {
    return this.handles.map(({ status }) => status);
  }

  /** At daemon start: finds the masters that live, and starts those that should. */
  async adopt(): Promise<void> {
    await Promise.all(
      this.handles.map(async (app) => {
        const found = await app.adopt();
        if (found) logEvent('adopted', { app: app.name });
        this.finish(app);
      }),
    );
  }

  /** What was said of an app is on disk, and the daemon may have died before its master was told. */
  private finish(app: AppHandle): void {
    const { state } = app.status;
    const { up, deleted } = app.record;
    if (app.isUnreachable) return;
    if (up && (!app.hasMaster || state === 'stopped')) return app.bringBack();
    if (deleted && !app.hasMaster) return this.left(app);
    if (!up && app.hasMaster && state !== 'stopping')
      this.operation(app, deleted ? 'delete' : 'stop', {}).catch((error: unknown) =>
        logEvent('cannot be stopped', { app: app.name, error: messageOf(error) }),
      );
  }

  /** A master that has nothing to do knows best how many workers are wanted: the last change may have failed, or have not been noted. */
  private agree(app: AppHandle): void {
    const { spec, up } = app.record;
    const { wanted, operations, masterPid } = app.status;
    const idle = masterPid !== null && operations.length > 0 && operations.every(({ endedAt }) => endedAt !== null);
    if (!up || !idle || wanted === spec.instances) return;
    try {
      this.remember(app, { spec: { ...spec, instances: wanted } });
    } catch (error) {
      logEvent('app list not written', { error: messageOf(error) });
    }
  }

  async start({ specs, replace, by, patient }: Methods['start']['params']): Promise<OperationRef[]> {
    const names = specs.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new ZdmError('BAD_REQUEST', 'Two of these apps have one name.');
    for (const { name } of specs) refuseTaken(name, this.apps.get(name), replace);
    return Promise.all(
      specs.map(async (spec) => {
        const known = this.apps.get(spec.name);
        const kind = known && isRunning(known) ? 'reload' : 'start';
        const app = known ?? this.add(spec);
        this.remember(app, { spec, up: true });
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
    if (kind === 'handover') for (const app of apps) refuseHandover(app.status, this.around.masters.program);
    if (kind === 'replace') for (const app of apps) refuseSlot(app.status, slot);
    return Promise.all(
      apps.map(async (app) => {
        if (kind === 'stop') return this.stop(app, by);
        if (kind === 'delete') return this.delete(app, by);
        if (kind === 'scale' && !(app.record.up && app.hasMaster)) return this.scaleStopped(app, scale!);
        if (kind === 'start' && app.record.up && app.status.state === 'online')
          return { name: app.name, op: null, kind };
        this.remember(app, { up: true });
        return this.operation(app, app.hasMaster ? kind : 'start', {
          scale,
          slot,
          heir: kind === 'handover' ? this.around.masters.program : null,
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
    const running = this.handles.filter(({ hasMaster, isUnreachable }) => hasMaster || isUnreachable);
    await Promise.all(running.map((app) => this.stop(app)));
    await Promise.race([
      Promise.all(running.map((app) => app.left)),
      new Promise((resolve) => setTimeout(resolve, limit).unref()),
    ]);
    return running.length;
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
    const histories = await Promise.all(this.handles.map((app) => app.history()));
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
    const id = Math.max(-1, ...this.handles.map((app) => app.id)) + 1;
    const app = new AppHandle({ id, spec, up: true }, this.around);
    this.apps.set(spec.name, app);
    return app;
  }

  private scaleStopped(app: AppHandle, { mode, count }: ScaleBy): OperationRef {
    const { spec } = app.record;
    const instances = Math.max(1, mode === 'add' ? spec.instances + count : count);
    this.remember(app, { spec: { ...spec, instances } });
    if (!app.hasMaster) app.refresh();
    return { name: app.name, op: null, kind: 'scale' };
  }

  private async stop(app: AppHandle, by?: string): Promise<OperationRef> {
    this.remember(app, { up: false });
    return app.hasMaster || app.isUnreachable
      ? this.operation(app, 'stop', { by })
      : { name: app.name, op: null, kind: 'stop' };
  }

  private async delete(app: AppHandle, by?: string): Promise<OperationRef> {
    this.remember(app, { up: false, deleted: true });
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
    if (!keeps) this.remember(app, { spec: { ...app.record.spec, instances } });
    return { name: app.name, op, kind };
  }

  private remember(app: AppHandle, change: Partial<AppRecord>): void {
    const before = app.record;
    app.record = { ...before, ...change };
    try {
      this.save();
    } catch (cause) {
      app.record = before;
      throw new ZdmError(
        'DAEMON_FAILED',
        `The app list could not be written: ${messageOf(cause)}`,
        'Nothing was changed. Can the disk be written, and is there room?',
        { cause },
      );
    }
  }

  private left(app: AppHandle): void {
    if (!app.record.deleted || !this.apps.delete(app.name)) return;
    app.close();
    try {
      this.save();
    } catch (error) {
      // It stays in the file as what it is, and goes with the next word.
      logEvent('app list not written', { error: messageOf(error) });
    }
    this.events.removed(app.name);
  }

  private save(): void {
    this.file.write(this.handles.map(({ record }) => record));
  }
}

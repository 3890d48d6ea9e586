// name -> app. What the user wants is stored before it is acted on; what runs is found out by asking the masters.
import { randomUUID } from 'node:crypto';
import type { ControlRef, Methods, OperationRef, ScaleBy } from '../protocol/contract.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { AppFigures, AppHistory, AppSpec, AppStatus } from '../protocol/model.ts';
import type { RegistryFile } from '../store/registry-file.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import { catchUp, freeId, withFreeId } from './adopt.ts';
import { AppHandle, type Surroundings } from './app-handle.ts';
import type { Masters } from './masters.ts';
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
      changed: (app) => events.changed(app.status),
      measured: (figures) => events.measured(figures),
      joined: (app) => {
        for (const watcher of this.watchers) watcher(app);
      },
      left: (app) => this.left(app),
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
    if (lost.length > 0) this.save();
    await Promise.all(
      this.handles.map((app) =>
        catchUp(app, {
          end: (kind) => this.operation(app, kind, {}),
          forget: () => this.left(app),
        }),
      ),
    );
  }

  async start({ specs, replace, by, patient }: Methods['start']['params']): Promise<OperationRef[]> {
    const names = specs.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new ZdmError('BAD_REQUEST', 'Two of these apps have one name.');
    for (const spec of specs) this.refuseTaken(spec, replace);
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
    const apps = resolveTargets(kind === 'delete' ? this.handles : this.handles.filter((app) => !app.deleted), targets);
    if (kind === 'scale' && !scale) throw new ZdmError('BAD_REQUEST', '"scale" needs a number.');
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
          by,
          spec: app.hasMaster ? undefined : app.record.spec,
        });
      }),
    );
  }

  async control({ action, targets, by }: Methods['control']['params']): Promise<ControlRef[]> {
    const apps = resolveTargets(
      this.handles.filter((app) => !app.deleted),
      targets,
    );
    return Promise.all(
      apps.map(async (app) => ({ name: app.name, op: await app.control({ action, by: by ?? null }) })),
    );
  }

  /** Stops every app, and resolves when all have ended or `limit` ms have passed; how many there were. */
  async stopAll(limit: number): Promise<number> {
    const running = this.handles.filter(({ hasMaster }) => hasMaster);
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

  private refuseTaken({ name }: AppSpec, replace: boolean): void {
    const app = this.apps.get(name);
    if (app?.deleted)
      throw new ZdmError(
        'NAME_TAKEN',
        `The app "${name}" is being deleted.`,
        'Start it again when it is gone: zdm list',
      );
    if (!app || replace || !isRunning(app)) return;
    throw new ZdmError(
      'NAME_TAKEN',
      `An app named "${name}" is running already (id ${app.id}).`,
      `New code: zdm reload ${name}. Another app: choose another --name. New settings: zdm delete ${name} first.`,
    );
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
    this.remember(app, { spec: { ...spec, instances } });
    if (!app.hasMaster) app.refresh();
    return { name: app.name, op: null, kind: 'scale' };
  }

  private async stop(app: AppHandle, by?: string): Promise<OperationRef> {
    this.remember(app, { up: false });
    return app.hasMaster ? this.operation(app, 'stop', { by }) : { name: app.name, op: null, kind: 'stop' };
  }

  private async delete(app: AppHandle, by?: string): Promise<OperationRef> {
    this.remember(app, { up: false, deleted: true });
    if (app.hasMaster) return this.operation(app, 'delete', { by });
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
        'Nothing was changed. Is the disk full?',
        { cause },
      );
    }
  }

  private left(app: AppHandle): void {
    if (!app.deleted || !this.apps.delete(app.name)) return;
    app.close();
    this.save();
    this.events.removed(app.name);
  }

  private save(): void {
    this.file.write(this.handles.map(({ record }) => record));
  }
}

/** Only a worker of an app that runs can be replaced. */
function refuseSlot({ name, up, wanted }: AppStatus, slot: number | undefined): void {
  if (slot === undefined) throw new ZdmError('BAD_REQUEST', '"replace" needs a slot.');
  if (up === 0) throw new ZdmError('BAD_REQUEST', `${name} does not serve.`, `Start it: zdm start ${name}`);
  const slots = wanted === 1 ? 'its only slot is 0' : `its slots are 0 to ${wanted - 1}`;
  if (slot >= wanted) throw new ZdmError('BAD_REQUEST', `${name} has no slot ${slot}: ${slots}.`);
}

/** Has workers, or will have them without another word. A stop that was just accepted is not in the status yet. */
function isRunning({ record, status: { state } }: AppHandle): boolean {
  return record.up && state !== 'stopped' && state !== 'errored' && state !== 'stopping';
}

// The daemon's view of one app: what was said of it, its master's socket, and a mirror of the master's status.
// What the master does is in daemon/master.
import { logEvent } from '../os/log.ts';
import { PROTOCOL, type ScaleBy } from '../protocol/contract.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import { withFigures } from '../protocol/figures.ts';
import type { ControlRequest, MasterMethods, MasterOperation, MasterTopics } from '../protocol/master-contract.ts';
import type { AppFigures, AppSpec, AppStatus, OperationKind } from '../protocol/model.ts';
import type { Listener, Peer } from '../protocol/peer.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import { VERSION } from '../protocol/version.ts';
import type { MasterLine, Masters } from './masters.ts';
import { stoppedStatus } from './stopped-status.ts';

/** A new master has this long (ms) until it answers; a living one answers within the second. */
const LAUNCH_LIMIT = 10_000;
const ADOPT_LIMIT = 2_000;
const ANSWER_LIMIT = 1_500;
const POLL = 20;
/** A master that died is replaced after this time (ms), so that one that cannot live does not spin. */
const RELAUNCH_DELAY = 250;

export interface Surroundings {
  readonly masters: Masters;
  /** The mirrored status changed. */
  changed(app: AppHandle): void;
  /** Nothing but the figures in it changed. */
  measured(figures: AppFigures): void;
  /** It has a master now. */
  joined(app: AppHandle): void;
  /** The master has ended, wanted or not. */
  left(app: AppHandle): void;
}

export class AppHandle {
  record: AppRecord;
  status: AppStatus;
  private readonly around: Surroundings;
  private connection: MasterLine | null = null;
  /** Connecting and launching, one at a time. */
  private arriving: Promise<Peer> | null = null;
  /** Resolves when the present master's connection has ended. */
  left: Promise<void> = Promise.resolve();
  private leave: () => void = () => undefined;
  private closed = false;

  constructor(record: AppRecord, around: Surroundings) {
    this.record = record;
    this.around = around;
    this.status = stoppedStatus(record, null);
  }

  /** At daemon start: finds a master that lives already; true when there was one. */
  async adopt(): Promise<boolean> {
    try {
      await this.connect(Date.now() + ADOPT_LIMIT, false);
      return true;
    } catch {
      this.around.masters.tidy(this.name);
      return false;
    }
  }

  /**
   * Does something to the app, through its master, which is started when there is none. Resolves when it was accepted, with
   * the number of instances that is wanted now; with null when the master was about to end, and there is nothing left to stop.
   */
  async operate(
    kind: OperationKind,
    op: string,
    extra: { spec?: AppSpec; scale?: ScaleBy; slot?: number; patient?: boolean; by?: string } = {},
  ): Promise<number | null> {
    const params: MasterOperation = {
      op,
      kind,
      spec: extra.spec ?? null,
      scale: extra.scale ?? null,
      slot: extra.slot ?? null,
      patient: extra.patient ?? false,
      by: extra.by ?? null,
    };
    try {
      return await this.ask(params);
    } catch (error) {
      if (!isLeaving(error)) throw error;
      await this.left;
      return kind === 'stop' || kind === 'delete' ? null : this.ask(params);
    }
  }

  /** Steers what the master does: the operation that it acted on; null when there was none, or no master. */
  async control(request: ControlRequest): Promise<string | null> {
    try {
      const answer = await this.connection?.peer.call('control', request);
      return (answer as MasterMethods['control']['result'] | undefined)?.op ?? null;
    } catch (error) {
      if (!isLeaving(error)) throw error;
      return null;
    }
  }

  /** What its master tells of it; null when it does not answer, or there is none. */
  async query<M extends 'history' | 'description'>(method: M): Promise<MasterMethods[M]['result'] | null> {
    const answer = await this.connection?.peer.call(method, {}, ANSWER_LIMIT).catch(() => null);
    return (answer ?? null) as MasterMethods[M]['result'] | null;
  }

  /** Follows the last `lines` that its workers printed, until the returned function is called or its master ends. */
  followOutput(lines: number, listener: Listener): () => void {
    return this.connection?.peer.subscribe('output', { lines }, listener) ?? (() => undefined);
  }

  /** The description of an app without a master changed. */
  refresh(): void {
    this.mirror(stoppedStatus(this.record, this.status));
  }

  /** Lets go of the master, which goes on without us. */
  close(): void {
    this.closed = true;
    this.connection?.close();
  }

  get name(): string {
    return this.record.spec.name;
  }

  get id(): number {
    return this.record.id;
  }

  /** To be forgotten when its master has ended. */
  get deleted(): boolean {
    return this.record.deleted;
  }

  get hasMaster(): boolean {
    return this.connection !== null;
  }

  private async ask(params: MasterOperation): Promise<number> {
    const peer = await this.master();
    const { instances } = (await peer.call('operate', params)) as MasterMethods['operate']['result'];
    return instances;
  }

  private async master(): Promise<Peer> {
    if (this.connection) return this.connection.peer;
    this.arriving ??= this.launch().finally(() => (this.arriving = null));
    return this.arriving;
  }

  private async launch(): Promise<Peer> {
    const { failed } = await this.around.masters.start(this.record);
    return Promise.race([this.connect(Date.now() + LAUNCH_LIMIT, true), failed]);
  }

  private async connect(until: number, wait: boolean): Promise<Peer> {
    for (;;) {
      try {
        const connection = await this.around.masters.connect(this.name, () => this.lost(connection));
        await connection.peer.call('hello', { protocol: PROTOCOL, version: VERSION }, ADOPT_LIMIT);
        this.connection = connection;
        this.left = new Promise((resolve) => (this.leave = resolve));
        await this.follow(connection.peer);
        this.around.joined(this);
        return connection.peer;
      } catch (error) {
        if (!wait || Date.now() > until) {
          throw new ZdmError(
            'MASTER_FAILED',
            `The master of ${this.record.spec.name} does not answer: ${messageOf(error)}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, POLL));
      }
    }
  }

  /** Resolves with the first status: before it, nothing is known of what the master does. */
  private follow(peer: Peer): Promise<void> {
    return new Promise((resolve, reject) => {
      peer.subscribe(
        'status',
        {},
        {
          snapshot: (status) => {
            this.mirror(status as MasterTopics['status']['snapshot']);
            resolve();
          },
          event: (event) => this.take(event as MasterTopics['status']['event']),
          end: reject,
        },
      );
    });
  }

  private take(event: MasterTopics['status']['event']): void {
    if (event.type === 'status') return this.mirror(event.status);
    this.status = withFigures(this.status, event.figures);
    this.around.measured(event.figures);
  }

  private mirror(status: AppStatus): void {
    // The number by which the list knows it: of an app that the list had lost, it may be another than its master's.
    this.status = { ...status, id: this.id };
    this.around.changed(this);
  }

  private lost(connection: MasterLine): void {
    if (this.connection !== connection) return;
    this.connection = null;
    this.leave();
    if (this.closed) return;
    this.around.masters.tidy(this.name);
    this.status = stoppedStatus(this.record, this.status);
    this.around.changed(this);
    this.around.left(this);
    if (!this.record.up) return;
    logEvent('master lost', { app: this.record.spec.name });
    setTimeout(() => this.bringBack(), RELAUNCH_DELAY);
  }

  /** The app should run and has no master: start one, with patience, because nobody is waiting for an answer. */
  bringBack(): void {
    if (this.closed || this.connection || !this.record.up) return;
    this.operate('start', `revive-${Date.now()}`, { spec: this.record.spec, patient: true }).catch((error: unknown) => {
      logEvent('master cannot be started', { app: this.record.spec.name, error: messageOf(error) });
      setTimeout(() => this.bringBack(), RELAUNCH_DELAY * 20);
    });
  }
}

/** Its master is on its way out, or gone. */
function isLeaving(error: unknown): boolean {
  return error instanceof ZdmError && (error.code === 'ENDING' || error.code === 'DISCONNECTED');
}

// The daemon's view of one app: what was said of it, its master's socket, and a mirror of the master's status.
// What the master does is in daemon/master.
import { randomUUID } from 'node:crypto';
import { logEvent } from '../os/log.ts';
import { Trouble } from '../os/trouble.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import { withFigures } from '../protocol/figures.ts';
import type { ControlRequest, MasterMethods, MasterOperation, MasterTopics } from '../protocol/master-contract.ts';
import { masterOperation, type Details } from '../protocol/master-operation.ts';
import type { AppFigures, AppStatus, OperationKind } from '../protocol/model.ts';
import { completeStatus } from '../protocol/older.ts';
import type { Listener, Peer } from '../protocol/peer.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import { unfinished } from './intent.ts';
import { isLeaving, MasterLink } from './master-link.ts';
import type { Masters } from './masters.ts';
import { pause } from './pause.ts';
import { followStatus } from './status-feed.ts';
import { stoppedStatus } from './stopped-status.ts';

const ANSWER_LIMIT = 1_500;
/** A master that dies young (ms) again, or cannot be started, is replaced after a pause (ms): it must not spin. */
const YOUNG = 5_000;
const RELAUNCH_DELAY = 1_000;
/** Masters that are killed one after the other are followed for this time (ms). */
const ADOPT_LIMIT = 10_000;
const SETTLE_POLL = 20;
/** One that does not answer is looked for again after this time (ms). */
const SEEK_AFTER = 2_000;

export interface Surroundings {
  readonly masters: Masters;
  /** The mirrored status changed. */
  changed(app: AppHandle): void;
  /** Nothing but the figures in it changed. */
  measured(figures: AppFigures): void;
  /** It has a master now. */
  joined(app: AppHandle): void;
  /** One that did not answer was looked for again. */
  sought(app: AppHandle): void;
  /** The master has ended, wanted or not. */
  left(app: AppHandle): void;
}

export class AppHandle {
  record: AppRecord;
  status: AppStatus;
  private readonly around: Surroundings;
  private readonly link: MasterLink;
  /** Resolves when the present master's connection has ended. */
  left: Promise<void> = Promise.resolve();
  private leave: () => void = () => undefined;
  private closed = false;
  /** It stops with the machine: nothing brings it back before the next daemon. */
  private resting = false;
  private readonly trouble: Trouble;
  /** Masters in a row that died young. */
  private youngDeaths = 0;

  constructor(record: AppRecord, around: Surroundings) {
    this.record = record;
    this.around = around;
    this.trouble = new Trouble('starting a master', { app: record.spec.name });
    this.link = new MasterLink(record.spec.name, around.masters, {
      joined: (peer) => this.joined(peer),
      lost: (age) => void this.lost(age),
    });
    this.status = stoppedStatus(record, null);
  }

  /** At daemon start: finds a master that lives already; true when there was one. */
  async adopt(): Promise<boolean> {
    for (const until = performance.now() + ADOPT_LIMIT; ;) {
      try {
        return await this.tryToAdopt();
      } catch (error) {
        // The master that was just there may have been killed: there will be another.
        if (isLeaving(error) && performance.now() < until && !this.closed) await pause(SETTLE_POLL);
        else return this.unreachable(error);
      }
    }
  }

  private async tryToAdopt(): Promise<boolean> {
    let found = await this.link.find();
    // Its master has gone, and its workers serve on: the next one goes on with them, whatever is wanted of the app.
    if (!found && this.around.masters.hasWorkers(this.name)) found = await this.link.reach(this.record);
    if (!found && this.isUnreachable) this.refresh();
    return found !== null;
  }

  /** Its master lives, and may well serve: nothing is done to it. */
  private unreachable(error: unknown): false {
    const reason = messageOf(error);
    if (!this.isUnreachable) logEvent('master does not answer', { app: this.name, reason });
    this.mirror({ ...stoppedStatus(this.record, this.status), state: 'unreachable', reason });
    setTimeout(() => void this.seek(), SEEK_AFTER).unref();
    return false;
  }

  /**
   * Does something to the app, through its master, which is started when there is none. Resolves when it was accepted, with
   * the number of instances that is wanted now; with null when the master was about to end, and there is nothing left to stop.
   */
  async operate(kind: OperationKind, op: string, extra: Details = {}): Promise<number | null> {
    // Masters of 0.1.0 look for it in every operation.
    const heir = kind === 'handover' ? await this.around.masters.heirOf(this.name) : null;
    const params = { ...masterOperation(kind, op, extra), heir };
    try {
      return await this.ask(params);
    } catch (error) {
      if (!isLeaving(error)) throw error;
      await this.left;
      return kind === 'stop' || kind === 'delete' ? null : this.ask(params);
    }
  }

  /** Stops, and is still remembered as running. Resolves when it has ended. */
  async rest(): Promise<void> {
    this.resting = true;
    const hasOrphans = !this.hasMaster && this.around.masters.hasWorkers(this.name);
    // Its workers serve on without a master: one is brought back first.
    const peer = hasOrphans ? await this.link.reach(this.record) : await this.link.present();
    if (peer === null) return;
    const stop = masterOperation('stop', randomUUID(), { by: 'the service manager' });
    await peer.call('operate', stop).catch((error: unknown) => {
      if (!isLeaving(error)) throw error;
    });
    await this.left;
  }

  /** Steers what the master does: the operation that it acted on; null when there was none, or no master. */
  async control(request: ControlRequest): Promise<string | null> {
    try {
      const answer = await this.link.peer?.call('control', request);
      return (answer as MasterMethods['control']['result'] | undefined)?.op ?? null;
    } catch (error) {
      if (!isLeaving(error)) throw error;
      return null;
    }
  }

  /** What its master tells of it; null when it does not answer, or there is none. */
  async query<M extends 'history' | 'description'>(method: M): Promise<MasterMethods[M]['result'] | null> {
    const answer = await this.link.peer?.call(method, {}, ANSWER_LIMIT).catch(() => null);
    return (answer ?? null) as MasterMethods[M]['result'] | null;
  }

  /** Follows the last `lines` that its workers printed, until the returned function is called or its master ends. */
  followOutput(lines: number, listener: Listener): () => void {
    return this.link.peer?.subscribe('output', { lines }, listener) ?? (() => undefined);
  }

  /** The description of an app without a master changed. */
  refresh(): void {
    this.mirror(stoppedStatus(this.record, this.status));
  }

  /** Lets go of the master, which goes on without us. */
  close(): void {
    this.closed = true;
    this.link.close();
  }

  get name(): string {
    return this.record.spec.name;
  }

  get id(): number {
    return this.record.id;
  }

  get hasMaster(): boolean {
    return this.link.peer !== null;
  }

  /** Its master lives, and does not answer. */
  get isUnreachable(): boolean {
    return this.status.state === 'unreachable';
  }

  private async seek(): Promise<void> {
    if (this.closed || this.hasMaster) return;
    await this.adopt();
    this.around.sought(this);
  }

  /** Resolves when it has the master that it is to have. */
  async settled(): Promise<void> {
    while (!this.closed && !this.hasMaster && (this.record.up || this.around.masters.hasWorkers(this.name)))
      await pause(SETTLE_POLL);
  }

  /** Waits for one that is on its way. */
  async hasOrGetsMaster(): Promise<boolean> {
    return (await this.link.present()) !== null;
  }

  private async ask(params: MasterOperation): Promise<number> {
    if (this.resting)
      throw new ZdmError('DAEMON_FAILED', 'zdm is being stopped by the system.', 'What should run comes back with it.');
    const peer = await this.link.reach(this.record);
    const { instances } = (await peer.call('operate', params)) as MasterMethods['operate']['result'];
    return instances;
  }

  private async joined(peer: Peer): Promise<void> {
    this.left = new Promise((resolve) => (this.leave = resolve));
    await followStatus(peer, {
      snapshot: (status) => this.mirror(status),
      event: (event) => this.take(event),
      end: () => this.link.close(),
    });
    this.around.joined(this);
  }

  private take(event: MasterTopics['status']['event']): void {
    if (event.type === 'status') return this.mirror(event.status);
    this.status = withFigures(this.status, event.figures);
    this.around.measured(event.figures);
  }

  private mirror(status: AppStatus): void {
    // The number by which the list knows it: of an app that the list had lost, it may be another than its master's.
    this.status = { ...completeStatus(status), id: this.id };
    this.around.changed(this);
  }

  private async lost(age: number): Promise<void> {
    const { leave } = this;
    // One that handed over has left its successor at the same place.
    const found = this.closed || (await this.adopt());
    leave();
    if (found) return this.closed ? undefined : this.around.sought(this);
    if (this.isUnreachable) return;
    this.refresh();
    this.around.left(this);
    if (!this.record.up) return;
    logEvent('master lost', { app: this.name });
    this.youngDeaths = age < YOUNG ? this.youngDeaths + 1 : 0;
    this.bringBackIn(this.youngDeaths > 1 ? RELAUNCH_DELAY : 0);
  }

  private bringBackIn(delay: number): void {
    setTimeout(() => {
      if (!this.hasMaster) this.bringBack();
    }, delay);
  }

  /** The app should run, and has no master or one that was never told: with patience, because nobody is waiting for an answer. */
  bringBack(): void {
    if (this.closed || this.resting || !this.record.up) return;
    this.revive().then(
      () => this.trouble.over(),
      (error: unknown) => {
        this.trouble.met(error);
        this.bringBackIn(RELAUNCH_DELAY * 5);
      },
    );
  }

  /** What a master before has left of it goes on by itself: it may wait for its next try, or have been given up. */
  private async revive(): Promise<void> {
    await this.link.reach(this.record);
    if (unfinished(this.record, this.status, this.hasMaster) !== 'start') return;
    await this.operate('start', `revive-${Date.now()}`, { spec: this.record.spec, patient: true });
  }
}

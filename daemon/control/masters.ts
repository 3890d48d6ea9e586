// How the daemon gets at the master; the registry does not care in which process it lives.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { launchDetached } from '../os/launch.ts';
import { endLeftovers, hasLivingWorkers, livingMaster } from '../os/leftovers.ts';
import { lockOwner } from '../os/lock.ts';
import { logEvent } from '../os/log.ts';
import { connectPeer } from '../os/unix-socket.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import { PROTOCOL } from '../protocol/contract.ts';
import { ANSWER_LIMIT } from '../protocol/frames.ts';
import type { HeirProgram } from '../protocol/heir-link.ts';
import type { Layout } from '../protocol/layout.ts';
import type { Description, OpenApp } from '../protocol/master-contract.ts';
import type { Peer } from '../protocol/peer.ts';
import { VERSION } from '../protocol/version.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import { endMaster } from './end-master.ts';
import { findOldMasters, findOrphans, recordOf } from './find-masters.ts';
import { Holder } from './holder.ts';
import { isAlive } from '../os/process-identity.ts';
import { pause } from './pause.ts';

/** The line to a master, about one app. */
export interface MasterLine {
  readonly peer: Peer;
  close(): void;
}

export interface Masters {
  /** Has the master take up the app; starts one when there is none. Rejects with MASTER_FAILED. */
  start(record: AppRecord): Promise<void>;
  /** Rejects when the master is not there, or (NO_SUCH_APP) does not have the app; `lost` is called once when the line has ended. */
  connect(app: string, lost: () => void): Promise<MasterLine>;
  /** The pid of one that lives in a process of its own, whether it can be reached or not; null when there is none. */
  living(app: string): number | null;
  /** Whether workers of a master that has gone live on: the next one has to go on with them. */
  hasWorkers(app: string): boolean;
  /** Ends what a dead master of 0.1.0 has left of the app, whose workers ended with it. */
  clear(app: string): void;
  /** The app was deleted: removes what is kept of it beyond the life of its master. */
  forget(app: string): void;
  /** The apps that are there, beside the `known` ones. */
  find(known: ReadonlySet<string>): Promise<readonly AppRecord[]>;
  /** What a master of 0.1.0 has to start to give its app away; null for every other. The master that gets it is there then. */
  heirOf(app: string): Promise<HeirProgram | null>;
  /** The daemon ends for good, and every app has: so does the master. */
  finish(): Promise<void>;
  /** Puts a new master in the place of the one that runs, which goes on when that fails; the pid of the new one. */
  renew(): Promise<number>;
}

/** So many are started for one that ends before it answers. */
const START_TRIES = 3;
/** A new master has this long (ms) until it answers. */
const START_LIMIT = 10_000;
/** One that lives is asked this often (ms), and has so long to answer; the second time, because this very process may have been stopped. */
const ASK_EVERY = 1_000;
const ANSWER_WITHIN = [2_000, 1_000] as const;
const POLL = 10;
/** One that is to leave writes down what it has read within this time (ms). */
const LEAVE_LIMIT = 2_000;

/** The master in a process of its own, which outlives the daemon. `script` is the built one. */
export class DetachedMaster implements Masters {
  private readonly layout: Layout;
  private readonly script: string;
  /** The line that belongs to no app. */
  private control: MasterLine | null = null;
  private reaching: Promise<Peer> | null = null;
  private readonly holder = new Holder();

  constructor(layout: Layout, script: string) {
    this.layout = layout;
    this.script = script;
  }

  async start({ id, spec }: AppRecord): Promise<void> {
    const peer = await this.reach();
    await peer.call('open', { id, spec } satisfies OpenApp);
  }

  async connect(app: string, lost: () => void): Promise<MasterLine> {
    const isOld = livingMaster(this.layout.appFolder(app)) !== null;
    const socket = isOld ? this.layout.oldMasterSocket(app) : this.layout.masterSocket;
    let isThere = false;
    const line = await connectPeer(socket, ANSWER_LIMIT, () => isThere && lost());
    try {
      await line.peer.call('hello', { protocol: PROTOCOL, version: VERSION, app }, ANSWER_WITHIN[0]);
      isThere = true;
      return line;
    } catch (error) {
      line.close();
      throw error;
    }
  }

  living(app: string): number | null {
    return livingMaster(this.layout.appFolder(app)) ?? lockOwner(this.layout.masterLock)?.pid ?? null;
  }

  hasWorkers(app: string): boolean {
    return hasLivingWorkers(this.layout.journal(app));
  }

  clear(app: string): void {
    this.clearPid();
    const ended = endLeftovers(this.layout.appFolder(app));
    if (ended.length > 0) logEvent('ended what a dead master left', { app, pids: ended });
  }

  forget(app: string): void {
    for (const file of [this.layout.releases(app), this.layout.journal(app)]) rmSync(file, { force: true });
  }

  async find(known: ReadonlySet<string>): Promise<readonly AppRecord[]> {
    const old = await findOldMasters(this.layout, known);
    this.clearPid();
    if (!lockOwner(this.layout.masterLock)) return [...old, ...findOrphans(this.layout, known)];
    const peer = await this.reach().catch(() => null);
    const apps = ((await peer?.call('apps', {}).catch(() => [])) ?? []) as readonly Description[];
    const strange = apps.flatMap((app) => recordOf(app) ?? []).filter(({ spec }) => !known.has(spec.name));
    for (const { spec } of strange) logEvent('the list did not have this app', { app: spec.name });
    return [...old, ...strange];
  }

  async finish(): Promise<void> {
    const owner = lockOwner(this.layout.masterLock);
    if (!owner || !this.control) return;
    await this.control.peer.call('end', {}, LEAVE_LIMIT).catch(() => undefined);
    for (const until = performance.now() + LEAVE_LIMIT; isAlive(owner) && performance.now() < until;) await pause(POLL);
  }

  async heirOf(app: string): Promise<HeirProgram | null> {
    if (livingMaster(this.layout.appFolder(app)) === null) return null;
    await this.reach();
    return { node: process.execPath, script: join(dirname(this.script), 'upgrade.mjs') };
  }

  async renew(): Promise<number> {
    const old = lockOwner(this.layout.masterLock);
    const { child, failed } = await this.launch(true);
    // It says so when it could take over in the next moment.
    const ready = new Promise<void>((resolve) => child.once('message', () => resolve()));
    await Promise.race([ready, failed.then((error) => Promise.reject(error)), late(START_LIMIT)]).catch(
      (error: unknown) => {
        child.kill('SIGKILL');
        throw new ZdmError(
          'MASTER_FAILED',
          `The new master did not start: ${messageOf(error)}`,
          'The old one goes on.',
        );
      },
    );
    child.disconnect();
    child.unref();
    if (old) {
      await this.control?.peer.call('leave', {}, LEAVE_LIMIT).catch(() => undefined);
      await endMaster(old);
    }
    return child.pid!;
  }

  /** Scripts must not send a signal to whoever has the number of a dead master by now. */
  private clearPid(): void {
    if (!lockOwner(this.layout.masterLock)) rmSync(this.layout.masterPid, { force: true });
  }

  /** The line to the master, which is started when there is none. */
  private reach(): Promise<Peer> {
    if (this.control) return Promise.resolve(this.control.peer);
    this.reaching ??= this.findOrStart().finally(() => (this.reaching = null));
    return this.reaching;
  }

  private async findOrStart(): Promise<Peer> {
    const until = performance.now() + START_LIMIT;
    let lastError: ZdmError | null = null;
    let started = false;
    for (let tries = 0; ; await pause(POLL)) {
      const owner = lockOwner(this.layout.masterLock);
      if (owner) {
        const peer = await this.greet().catch((error: unknown) => this.judge(error, owner, until));
        if (peer) return peer;
      } else if (!started) {
        started = true;
        tries += 1;
        const { failed } = await this.launch(false);
        // Somebody may have killed it: then the next one starts.
        void failed.then((error) => {
          lastError = new ZdmError('MASTER_FAILED', `The master did not start: ${error.message}`, error.hint);
          started = false;
        });
      }
      if (lastError && tries >= START_TRIES) throw lastError;
      if (performance.now() > until) throw new ZdmError('MASTER_FAILED', 'The master does not answer.');
    }
  }

  /** One that lives and does not answer is as good as dead, and worse: nobody may take its place. */
  private async judge(error: unknown, owner: { pid: number; start: string }, until: number): Promise<null> {
    if (error instanceof ZdmError && error.code === 'VERSION') throw error;
    if (error instanceof ZdmError && error.code === 'TIMEOUT') await endMaster(owner);
    // Its socket may not be there yet, or not any more.
    else if (performance.now() > until) await endMaster(owner);
    return null;
  }

  private async greet(): Promise<Peer> {
    let isThere = true;
    const line = await connectPeer(this.layout.masterSocket, ANSWER_LIMIT, () => {
      isThere = false;
      clearInterval(watch);
      if (this.control === line) this.control = null;
    });
    let asking = false;
    const ask = async (): Promise<void> => {
      const hello = { protocol: PROTOCOL, version: VERSION };
      await line.peer.call('hello', hello, ANSWER_WITHIN[0]).catch(async (error: unknown) => {
        if (!(error instanceof ZdmError) || error.code !== 'TIMEOUT') throw error;
        await line.peer.call('hello', hello, ANSWER_WITHIN[1]);
      });
    };
    const watch = setInterval(() => {
      if (asking) return;
      asking = true;
      ask().then(
        () => (asking = false),
        (error: unknown) => void this.silent(line, error),
      );
    }, ASK_EVERY).unref();
    try {
      await ask();
    } catch (error) {
      line.close();
      throw error;
    }
    // Before any app is taken up: what was held of it comes first.
    await this.holder.attach(this.layout.workerSocket).catch((error: unknown) => {
      logEvent('the sockets of apps are not held a second time', { error: messageOf(error) });
    });
    if (!isThere) throw new ZdmError('DISCONNECTED', 'The connection to the master was lost.');
    this.control = line;
    return line.peer;
  }

  private async silent(line: MasterLine, error: unknown): Promise<void> {
    const owner = lockOwner(this.layout.masterLock);
    if (owner && error instanceof ZdmError && error.code === 'TIMEOUT') {
      logEvent('the master does not answer, and is ended: its workers go on', { pid: owner.pid });
      await endMaster(owner).catch((failed: unknown) => logEvent('it cannot be ended', { error: messageOf(failed) }));
    }
    line.close();
  }

  /** `waits`: until the master that runs has ended. */
  private launch(waits: boolean): ReturnType<typeof launchDetached> {
    const { home, daemonLog } = this.layout;
    return launchDetached({
      script: this.script,
      args: waits ? ['--next'] : [],
      // The apps' environment is in their description; the master's own must not leak into them.
      env: { ZDM_HOME: home },
      cwd: home,
      log: daemonLog,
      input: '',
      talks: waits,
    });
  }
}

async function late(limit: number): Promise<never> {
  await pause(limit);
  throw new Error(`it was not ready within ${limit / 1_000}s`);
}

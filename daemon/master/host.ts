// All apps of one home in one process: each is an object with a beginning and an end, and none knows of the others.
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { Channel } from '../channel/channel.ts';
import { logEvent } from '../os/log.ts';
import type { Takeover, ToHeir } from '../protocol/heir-link.ts';
import { canTalk, PROTOCOL } from '../protocol/contract.ts';
import type { Description, MasterMethods, OpenApp } from '../protocol/master-contract.ts';
import { isAppName } from '../protocol/defaults.ts';
import { completeSpec } from '../protocol/older.ts';
import type { Feed, Service } from '../protocol/peer.ts';
import { VERSION } from '../protocol/version.ts';
import type { Arrival } from './adoption/arrivals.ts';
import type { Journal } from './adoption/journal.ts';
import { OldMaster } from './adoption/old-master.ts';
import type { Master } from './master.ts';
import { type HeldCopy, type MasterSignal } from './master.ts';

/** Time (ms) for the last status of an app to reach zdmd before it is gone here. */
const LAST_STATUS = 100;

/** A master that is to leave waits for its workers to have what it has sent them for this time (ms) at most. */
const ARRIVE_LIMIT = 500;
/** And so long for the connections that wait for a worker. */
const HAND_OUT_LIMIT = 1_000;

interface Surroundings {
  /** A master for that app; it is to call `ended` when the app was stopped. */
  make(app: OpenApp, journal: Journal, events: { changed(): void; ended(): void }): Master;
  journal(app: string): Journal;
  /** The sockets of the app that were held elsewhere since a master before. */
  heldOf(app: string): readonly HeldCopy[];
  /** Nobody goes on with them. */
  dropHeld(app: string, held: readonly HeldCopy[]): void;
  /** Ends workers in a journal that cannot be gone on with: they have the ports of those that come. */
  endUnknown(app: string): void;
  /** The app is there: workers that wait for it can come. */
  opened(app: string): void;
  /** Connections of zdmd come and go, and apps. */
  changed(): void;
  /** Ends this process. */
  end(): void;
}

interface Held {
  readonly master: Master;
  /** End what is followed of it. */
  readonly ends: Set<() => void>;
  /** It was stopped: its last status is on its way, and then it is not here any more. */
  gone: Promise<void> | null;
}

export class Host {
  private readonly around: Surroundings;
  private readonly apps = new Map<string, Held>();
  private lines = 0;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Looks anew at who is there. */
  changed(): void {
    this.around.changed();
  }

  /** Nobody has anything to do with it. */
  get isIdle(): boolean {
    return this.apps.size === 0 && this.lines === 0;
  }

  /** zdmd is connected. */
  get isFollowed(): boolean {
    return this.lines > 0;
  }

  /** Takes up an app: with the workers that a master before has left, or without any. Nothing happens when it is there. */
  async open({ id, spec: told }: OpenApp): Promise<void> {
    const spec = completeSpec(told);
    const { name } = spec;
    // At the heels of its end it begins anew.
    for (let gone = this.apps.get(name)?.gone; gone; gone = this.apps.get(name)?.gone) await gone;
    if (this.apps.has(name)) return;
    const journal = this.around.journal(name);
    const saved = journal.read();
    const { master } = this.hold({ id, spec }, journal, () => undefined);
    const held = this.around.heldOf(name);
    if (saved) this.adopt(name, master, saved, held);
    else {
      this.around.dropHeld(name, held);
      this.around.endUnknown(name);
    }
    this.around.opened(name);
  }

  /** An app comes from a master of 0.1.0, over this channel. When that breaks off, nothing of it stays here: the old one goes on, or has died. */
  oldMaster(channel: Channel, { id, spec: told, heritage }: Takeover): void {
    const spec = completeSpec(told);
    const { name } = spec;
    if (this.apps.has(name)) return channel.close();
    const { master } = this.hold({ id, spec }, this.around.journal(name), () => old.look());
    const old: OldMaster = new OldMaster(master, heritage, (message) => channel.send(message));
    logEvent('an app is taken over', { app: name });
    channel.turnTo({
      message: (message, handle) => old.receive((message as { message: ToHeir }).message, handle),
      ended: () => {
        if (old.isOver || !this.apps.delete(name)) return;
        logEvent('the old master has not given everything', { app: name });
        void master.killAll();
      },
    });
  }

  private hold(app: OpenApp, journal: Journal, changed: () => void): Held {
    const { name } = app.spec;
    const ends = new Set<() => void>();
    const remove = (): void => {
      if (this.apps.get(name) !== held) return;
      this.apps.delete(name);
      for (const end of ends) end();
      this.around.changed();
    };
    const ended = (): void => {
      held.gone = new Promise<void>((resolve) => setTimeout(resolve, LAST_STATUS)).then(remove);
    };
    const held: Held = { master: this.around.make(app, journal, { changed, ended }), ends, gone: null };
    this.apps.set(name, held);
    return held;
  }

  /** A state that cannot be gone on with must not keep the app from being started. */
  private adopt(name: string, master: Master, ...saved: Parameters<Master['adopt']>): void {
    try {
      master.adopt(...saved);
    } catch (error) {
      logEvent('bug', { app: name, what: 'its journal cannot be gone on with', error: messageOf(error) });
    }
  }

  /** A worker of a master before has come; false when its app is not there. */
  arrived(arrival: Arrival): boolean {
    const held = this.apps.get(arrival.hello.identity.app);
    held?.master.arrived(arrival);
    return held !== undefined;
  }

  /** Every app does what the signal is for. */
  signalled(signal: MasterSignal): void {
    for (const { master } of this.apps.values()) master.signalled(signal);
  }

  /**
   * Resolves in a turn in which no connection waits here: it would go with this process. What has not been accepted waits in the
   * kernel. Those that are on their way are waited for, too, where that does not take long: a worker that is blocked does not know
   * afterwards whether they are still its own. Where no worker takes one, it is not waited for long.
   */
  private async handedOut(): Promise<void> {
    const masters = (): Master[] => [...this.apps.values()].map(({ master }) => master);
    const from = performance.now();
    for (;;) {
      const spent = performance.now() - from;
      const waits = spent < HAND_OUT_LIMIT && masters().some(({ hasWaiting }) => hasWaiting);
      const asks = spent < ARRIVE_LIMIT && masters().some(({ hasUnanswered }) => hasUnanswered);
      if (!waits && !asks) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What one connection can ask: everything is about the app that its hello names. */
  service(): Service {
    let chosen: { readonly held: Held; readonly service: Service } | null = null;
    let counts = false;
    const app = (): { readonly held: Held; readonly service: Service } => {
      if (chosen) return chosen;
      throw new ZdmError('BAD_REQUEST', 'The hello of this connection named no app.');
    };
    return {
      call: async (method, params) => {
        switch (method as keyof MasterMethods) {
          case 'hello': {
            const { protocol, version, app: name } = (params ?? {}) as MasterMethods['hello']['params'];
            refuseStranger(protocol, version);
            const held = name === undefined ? undefined : this.apps.get(name);
            if (name !== undefined && (!held || held.gone))
              throw new ZdmError('NO_SUCH_APP', `The master has no app "${name}".`);
            chosen = held ? { held, service: held.master.service() } : null;
            if (!counts) this.lines += 1;
            counts = true;
            this.around.changed();
            return { protocol: PROTOCOL, version: VERSION, pid: process.pid };
          }
          case 'open':
            checkOpen(params as OpenApp);
            await this.open(params as OpenApp);
            return {};
          case 'end':
            // Not while it has apps: then somebody else needs it.
            if (this.apps.size === 0) setImmediate(this.around.end);
            return {};
          case 'leave':
            await Promise.all([...this.apps.values()].map(({ master }) => master.leave()));
            await this.handedOut();
            // Not by exit: closing would remove the files of unix sockets, on which workers accept by then.
            process.kill(process.pid, 'SIGKILL');
            return {};
          case 'apps':
            return [...this.apps.values()].map(({ master }): Description => master.description());
          case 'description':
          case 'history':
          case 'operate':
          case 'control':
          default:
            return app().service.call(method, params);
        }
      },
      subscribe: async (topic, params, push, end) => {
        const { held, service } = app();
        const feed = await service.subscribe(topic, params, push, end);
        held.ends.add(end);
        return closing(feed, () => held.ends.delete(end));
      },
      closed: () => {
        if (!counts) return;
        this.lines -= 1;
        this.around.changed();
      },
    };
  }
}

function closing(feed: Feed, closed: () => void): Feed {
  return {
    snapshot: () => feed.snapshot(),
    close() {
      closed();
      feed.close();
    },
  };
}

/** Only zdmd should ask, and it has checked the description; a name that leads out of the home must not get here all the same. */
function checkOpen(params: OpenApp): void {
  const { id, spec } = (params ?? {}) as Partial<OpenApp>;
  const named = typeof spec?.name === 'string' && isAppName(spec.name);
  if (!Number.isInteger(id) || !named || typeof spec.script !== 'string')
    throw new ZdmError('BAD_REQUEST', 'This is not an app.');
}

function refuseStranger(protocol: number, version: string): void {
  if (canTalk(PROTOCOL, protocol)) return;
  throw new ZdmError(
    'VERSION',
    `The master is zdm ${VERSION} (protocol ${PROTOCOL}), the daemon is zdm ${version} (protocol ${protocol}).`,
  );
}

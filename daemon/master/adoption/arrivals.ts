// Where workers come whose master has gone: they connect, and say who they are. Each is given to its app; one whose app this master does
// not have (yet) waits, and goes on serving by itself meanwhile.
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { Channel, type ChannelEvents } from '../../channel/channel.ts';
import { ipcPipeOf } from '../../channel/pipes.ts';
import { onConnection, type ListenSocket } from '../../connections/internals.ts';
import { logEvent } from '../../os/log.ts';
import { checkPlace } from '../../os/socket-check.ts';
import type { HoldingMessage } from '../../channel/holding.ts';
import type { SecondHolder } from './second-holder.ts';
import type { Takeover } from '../../protocol/heir-link.ts';
import type { FromWorker, HeldPlace, Hello, ToWorker } from '../../protocol/worker-link.ts';

/** So many may wait for their app; an app has a few hundred at most. */
const MOST_WAITING = 10_000;

/** A worker that has come. */
export interface Arrival {
  readonly hello: Hello;
  /** Takes its channel over; what it has sent after its hello comes through `events`. */
  take(events: ChannelEvents): Channel;
  /** It is of no use. */
  refuse(): void;
}

interface Surroundings {
  readonly holder: SecondHolder;
  /** Gives an arrival to its app; false when there is none. */
  worker(arrival: Arrival): boolean;
  /** An app comes from a master of 0.1.0. */
  oldMaster(channel: Channel, takeover: Takeover): void;
}

export class Arrivals {
  private readonly path: string;
  private server: Server | undefined;
  private readonly around: Surroundings;
  private readonly waiting = new Map<string, Set<Arrival>>();

  constructor(path: string, around: Surroundings) {
    this.path = path;
    this.around = around;
  }

  /** Listens there. The caller holds the lock that makes it the only one. Also to listen again, when the file has gone. */
  async open(): Promise<void> {
    this.server?.close();
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    checkPlace(this.path);
    rmSync(this.path, { force: true });
    const server = createServer();
    const before = process.umask(0o177);
    const listening = new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ path: this.path, exclusive: true }, resolve);
    });
    process.umask(before);
    await listening;
    // Node 20 cuts a path that is too long, and listens somewhere else: then this throws.
    chmodSync(this.path, 0o600);
    this.server = server;
    onConnection((server as unknown as { _handle: ListenSocket })._handle, (accepted) => this.greet(accepted));
  }

  /** The app is there now. */
  opened(app: string): void {
    for (const arrival of this.waiting.get(app) ?? []) this.around.worker(arrival);
    this.waiting.delete(app);
  }

  close(): void {
    this.server?.close();
    rmSync(this.path, { force: true });
  }

  private greet(accepted: object): void {
    const channel: Channel = new Channel(ipcPipeOf(accepted), {
      message: (message, handle) => {
        const hello = message as FromWorker;
        const said = message as HoldingMessage<HeldPlace>;
        if (said?.act === 'held') return handle && this.around.holder.bring(said, handle as ListenSocket);
        if (said?.act === 'holder') return this.around.holder.attach(channel);
        if (isTakeover(message)) this.around.oldMaster(channel, message);
        else if (hello?.act === 'hello' && typeof hello.identity?.app === 'string') this.arrived(channel, hello);
        else channel.close();
      },
      ended: () => this.around.holder.detach(channel),
    });
  }

  private arrived(channel: Channel, hello: Hello): void {
    const { app } = hello.identity;
    const early: Parameters<ChannelEvents['message']>[] = [];
    const gone = (): void => void this.waiting.get(app)?.delete(arrival);
    const arrival: Arrival = {
      hello,
      take(events) {
        const taken = channel.turnTo(events);
        // When whoever takes it has it, and before anything else is read.
        queueMicrotask(() => {
          for (const message of early.splice(0)) events.message(...message);
          if (!taken.isOpen) events.ended();
        });
        return taken;
      },
      refuse() {
        logEvent('a worker of nobody', { app, pid: hello.pid });
        channel.send({ act: 'end' } satisfies ToWorker);
      },
    };
    // What it says meanwhile is little: nobody answers it.
    channel.turnTo({ message: (...message) => early.push(message), ended: gone });
    if (this.around.worker(arrival)) return;
    const others = this.waiting.get(app) ?? new Set();
    if (others.size >= MOST_WAITING) return channel.close();
    this.waiting.set(app, others.add(arrival));
  }
}

function isTakeover(message: unknown): message is Takeover {
  const { act, spec, heritage } = (message ?? {}) as Partial<Takeover>;
  return act === 'takeover' && typeof spec?.name === 'string' && typeof heritage?.generation === 'number';
}

// The second holder of all sockets is zdmd: it comes like a worker whose master has gone, gives what it has kept from a master before, and
// gets a copy of every socket from then on.
import type { Channel } from '../../channel/channel.ts';
import { HeldSockets, type HoldingMessage } from '../../channel/holding.ts';
import type { ListenSocket } from '../../connections/internals.ts';
import type { HeldPlace } from '../../protocol/worker-link.ts';
import type { SocketKeeper } from '../listeners.ts';

type Message = HoldingMessage<HeldPlace>;

export class SecondHolder {
  private channel: Channel | null = null;
  /** What it has brought, until its app is taken up. */
  private readonly brought = new HeldSockets<HeldPlace>();
  /** What it is to have. */
  private readonly mine = new Map<string, { readonly message: Message; readonly socket: ListenSocket }>();

  /** It has come. What it brings was sent before it says that it is the holder. */
  attach(channel: Channel): void {
    this.channel?.close();
    this.channel = channel;
    channel.send({ act: 'holding' } satisfies Message);
    for (const { message, socket } of this.mine.values()) channel.send(message, socket);
  }

  detach(channel: Channel): void {
    if (this.channel === channel) this.channel = null;
  }

  /** A socket that it has brought. */
  bring(held: Extract<Message, { act: 'held' }>, socket: ListenSocket): void {
    this.brought.put(held, socket);
  }

  /** The sockets of an app from a master before. */
  take(app: string): { readonly place: HeldPlace; readonly slot: number | null; readonly socket: ListenSocket }[] {
    return this.brought
      .take(app)
      .map(({ held: { place, slot }, socket }) => ({ place, slot, socket: socket as ListenSocket }));
  }

  /** For the sockets of one app. */
  keeperOf(app: string): SocketKeeper {
    return {
      keep: (place, socket, slot) => {
        const { key } = place.request;
        const message: Message = { act: 'held', app, key, slot, place };
        this.mine.set(JSON.stringify([app, key, slot]), { message, socket });
        this.channel?.send(message, socket);
      },
      drop: (key) => {
        for (const [name, { message }] of this.mine)
          if (message.act === 'held' && message.app === app && message.key === key) this.mine.delete(name);
        this.channel?.send({ act: 'dropped', app, key } satisfies Message);
      },
      appAt: (port) => {
        for (const { message } of this.mine.values())
          if (message.act === 'held' && message.app !== app && portOf(message.place) === port) return message.app;
        return null;
      },
    };
  }
}

function portOf({ sockname }: HeldPlace): number | undefined {
  return (sockname as { port?: number }).port;
}

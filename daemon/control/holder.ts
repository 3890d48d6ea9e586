// zdmd is the second holder of every listening socket: it neither accepts nor reads, but a socket that it has a copy of outlives the
// master also when no worker is there to keep it.
import { Channel } from '../channel/channel.ts';
import { HeldSockets, type HoldingMessage } from '../channel/holding.ts';
import { connectPipe } from '../channel/pipes.ts';
import { within } from './within.ts';

/** A master that is there answers at once; in ms. */
const LIMIT = 1_000;

/** What a socket was bound for is the masters' affair, and passed from one to the next as it is. */
type Place = unknown;

export class Holder {
  private readonly sockets = new HeldSockets<Place>();
  private channel: Channel | null = null;

  /** Gives a new master what is held, and gets a copy of each socket from then on. Rejects when it cannot be reached. */
  async attach(path: string): Promise<void> {
    this.channel?.close();
    let arrived: () => void = () => undefined;
    const there = new Promise<void>((resolve) => (arrived = resolve));
    const channel: Channel = new Channel(await connectPipe(path), {
      message: (message, socket) => {
        const said = message as HoldingMessage<Place>;
        if (said.act === 'holding') arrived();
        else if (said.act === 'dropped') this.sockets.drop(said.app, said.key);
        else if (said.act === 'held' && socket) this.sockets.put(said, socket);
      },
      ended: () => {
        if (this.channel === channel) this.channel = null;
      },
    }).unref();
    this.channel = channel;
    this.sockets.sendAll(channel);
    channel.send({ act: 'holder' } satisfies HoldingMessage<Place>);
    await within(LIMIT, there);
  }
}

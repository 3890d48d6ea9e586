// Copies of an app's sockets, held by a process that does not use them: while the only worker of an app is down and the master dies, they
// keep its clients waiting in the kernel instead of turning them away. What is said over the channel between master and holder.
import type { Channel, Sendable } from './channel.ts';

/** Which socket: of an app, at a place (in the words of whoever bound it), perhaps of one slot. */
export interface HeldSocket<Place> {
  readonly app: string;
  readonly key: string;
  readonly slot: number | null;
  readonly place: Place;
}

export type HoldingMessage<Place> =
  /** First, of the holder: it has sent what it has (`held`), and gets all there is. */
  | { readonly act: 'holder' }
  /** The answer to that: what it had is here. */
  | { readonly act: 'holding' }
  /** A copy comes with this message. */
  | ({ readonly act: 'held' } & HeldSocket<Place>)
  /** The place was closed: nobody needs its copies. */
  | { readonly act: 'dropped'; readonly app: string; readonly key: string };

/** Sockets by app, place and slot; each has one copy here. */
export class HeldSockets<Place> {
  private readonly sockets = new Map<string, { readonly held: HeldSocket<Place>; readonly socket: Sendable }>();

  /** A newer copy takes the place of an older one. */
  put(held: HeldSocket<Place>, socket: Sendable): void {
    const name = nameOf(held);
    this.sockets.get(name)?.socket.close();
    this.sockets.set(name, { held, socket });
  }

  drop(app: string, key: string): void {
    for (const [name, { held, socket }] of this.sockets) {
      if (held.app !== app || held.key !== key) continue;
      socket.close();
      this.sockets.delete(name);
    }
  }

  /** Those of that app, which are the caller's from now on. */
  take(app: string): { readonly held: HeldSocket<Place>; readonly socket: Sendable }[] {
    const mine = [...this.sockets].filter(([, { held }]) => held.app === app);
    for (const [name] of mine) this.sockets.delete(name);
    return mine.map(([, one]) => one);
  }

  /** Sends a copy of each. */
  sendAll(channel: Channel): void {
    for (const { held, socket } of this.sockets.values()) channel.send({ act: 'held', ...held }, socket);
  }

  get size(): number {
    return this.sockets.size;
  }
}

function nameOf({ app, key, slot }: Pick<HeldSocket<unknown>, 'app' | 'key' | 'slot'>): string {
  return JSON.stringify([app, key, slot]);
}

// The typed face of a connection to a daemon.
import type { Greeting } from '../protocol/contract.ts';
import type { Peer } from '../protocol/peer.ts';
import type { Client } from './types.ts';

/** A client on a connection that has been greeted. */
export function clientOn(greeting: Greeting, { peer, close }: { readonly peer: Peer; close(): void }): Client {
  return {
    greeting,
    call: (method, params, timeout) => peer.call(method, params, timeout) as never,
    subscribe: (topic, params, handlers) => ({
      close: peer.subscribe(topic, params, {
        snapshot: (snapshot) => handlers.snapshot(snapshot as never),
        event: (event) => handlers.event(event as never),
        end: (error) => handlers.end(error),
      }),
    }),
    close,
  };
}

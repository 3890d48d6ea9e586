// A connection to the daemon of a sandbox, without the pauses that come with starting a command.
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { connectPeer } from '../../daemon/os/unix-socket.ts';
import type { MethodName, Methods, TopicName, Topics } from '../../daemon/protocol/contract.ts';
import type { ZdmError } from '../../daemon/protocol/errors.ts';
import { ANSWER_LIMIT } from '../../daemon/protocol/frames.ts';

/** What came of a subscription so far, oldest first. */
export interface Followed<T extends TopicName> {
  readonly snapshots: Topics[T]['snapshot'][];
  /** With the time (ms) at which each came. */
  readonly events: { readonly at: number; readonly event: Topics[T]['event'] }[];
  /** How it ended; undefined while it has not. */
  readonly ended: ZdmError | null | undefined;
}

export interface Daemon {
  call<M extends MethodName>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']>;
  follow<T extends TopicName>(topic: T, params: Topics[T]['params']): Followed<T>;
}

/** Connects to the daemon of this home; closed with the test. */
export async function talkToDaemon(home: string): Promise<Daemon> {
  const { peer, close } = await connectPeer(path.join(home, 'zdmd.sock'), ANSWER_LIMIT, () => undefined);
  onTestFinished(close);
  return {
    call: (method, params) => peer.call(method, params) as never,
    follow<T extends TopicName>(topic: T, params: Topics[T]['params']) {
      const snapshots: Topics[T]['snapshot'][] = [];
      const events: Followed<T>['events'] = [];
      let ended: ZdmError | null | undefined;
      peer.subscribe(topic, params, {
        snapshot: (snapshot) => snapshots.push(snapshot as Topics[T]['snapshot']),
        event: (event) => events.push({ at: performance.now(), event: event as Topics[T]['event'] }),
        end: (error) => (ended = error),
      });
      return {
        snapshots,
        events,
        get ended() {
          return ended;
        },
      };
    },
  };
}

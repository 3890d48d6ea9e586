// The status of an app, as its master tells it.
import { ZdmError } from '../protocol/errors.ts';
import type { MasterTopics } from '../protocol/master-contract.ts';
import type { Peer } from '../protocol/peer.ts';

type StatusTopic = MasterTopics['status'];

interface Follower {
  snapshot(status: StatusTopic['snapshot']): void;
  event(event: StatusTopic['event']): void;
  /** Nothing more will be told. */
  end(): void;
}

/** Resolves with the first status: before it, nothing is known of what the master does. */
export function followStatus(peer: Peer, follower: Follower): Promise<void> {
  return new Promise((resolve, reject) => {
    peer.subscribe(
      'status',
      {},
      {
        snapshot: (status) => {
          follower.snapshot(status as StatusTopic['snapshot']);
          resolve();
        },
        event: (event) => follower.event(event as StatusTopic['event']),
        end: (error) => {
          reject(error ?? new ZdmError('DISCONNECTED', 'The app has ended.'));
          follower.end();
        },
      },
    );
  });
}

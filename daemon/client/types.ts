// What a connection to zdmd can do, typed from the contract. Commands and the dashboard depend on this, not on a socket.
import type { Greeting, MethodName, Methods, TopicName, Topics } from '../protocol/contract.ts';
import type { ZdmError } from '../protocol/errors.ts';

export interface SubscriptionHandlers<T extends TopicName> {
  /** The whole present state; comes first, and again whenever events had to be left out for a slow reader. */
  snapshot(snapshot: Topics[T]['snapshot']): void;
  event(event: Topics[T]['event']): void;
  /** The other side ended the subscription (a finished log tail: null) or the connection was lost. */
  end(error: ZdmError | null): void;
}

export interface Subscription {
  /** No handler is called after this. */
  close(): void;
}

export interface Client {
  readonly greeting: Greeting;
  /** Rejects with a ZdmError; TIMEOUT after `timeout` ms (default 10 s). */
  call<M extends MethodName>(method: M, params: Methods[M]['params'], timeout?: number): Promise<Methods[M]['result']>;
  subscribe<T extends TopicName>(
    topic: T,
    params: Topics[T]['params'],
    handlers: SubscriptionHandlers<T>,
  ): Subscription;
  close(): void;
}

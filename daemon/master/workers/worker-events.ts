import type { ListenSocket } from '../../connections/internals.ts';
import type { FromWorker, Hello, WorkerLoad } from '../../protocol/worker-link.ts';
import type { Connection } from '../hand-out.ts';

/** What a worker makes the master do. Each call is about the worker it was given to. */
export interface WorkerEvents {
  /** Its channel begins. */
  hello(hello: Hello): void;
  /**
   * It has a copy of that socket, from a master before (`slot`: of its slot's alone); this is another, unless no descriptor was free
   * for it.
   */
  lent(key: string, slot: boolean, socket: ListenSocket | undefined): void;
  /** The app has ended its channel: it means to serve no longer. */
  left(): void;
  /** It cannot be spoken to any more. */
  unlinked(): void;
  listen(request: Extract<FromWorker, { act: 'listen' }>['request']): void;
  listening(): void;
  ready(): void;
  /** The app sent its master a text. */
  said(text: string): void;
  /** It answered for a connection: routing may go on. */
  answered(): void;
  /** It sent a copy of its slot's socket. */
  returned(key: string, socket: ListenSocket): void;
  /** It answered a ping. */
  alive(): void;
  /** It leaves connections unanswered: its event loop is blocked. */
  late(): void;
  /** A connection needs another worker. */
  orphaned(connection: Connection): void;
  /** It gave an idle connection back to be moved. */
  gave(connection: Connection): void;
  load(load: WorkerLoad, previous: WorkerLoad): void;
  /** The process has ended, and all it ever said has been heard. */
  gone(code: number | null, signal: string | null): void;
}

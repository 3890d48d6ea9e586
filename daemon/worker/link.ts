// The worker's end of the IPC channel to its master.
import { LINK, type FromWorker, type ToWorker } from '../protocol/worker-link.ts';
import type { StreamHandle } from '../connections/internals.ts';

/** Parts of process.channel that the documentation leaves out: a counted form of ref() and unref(). */
interface CountedChannel {
  refCounted?(): void;
  unrefCounted?(): void;
}

// The app may wrap process.send; ours must not be among what it sees.
const send = process.send?.bind(process) as
  | ((message: object, handle?: unknown, options?: object, done?: (error: Error | null) => void) => boolean)
  | undefined;

/** Undocumented: without it a failed send is an 'error' event on `process`, which would end the app. */
const QUIET = { swallowErrors: true };

/** Tells the master. Lost without an error when the master is gone: this process ends with it anyway. */
export function tell(message: FromWorker): void {
  if (process.connected) send?.({ cmd: LINK, ...message }, undefined, QUIET);
}

/** Gives a connection to the master; `handle` is closed here when the kernel has taken its copy. */
export function give(message: FromWorker, handle: StreamHandle): void {
  const done = (): void => handle.close();
  if (process.connected) send?.({ cmd: LINK, ...message }, handle, { keepOpen: true }, done);
  else done();
}

/** Sends a connection in the last turn of this process, which closes it. */
export function sendLast(message: object, handle: unknown): void {
  send?.(message, handle, { keepOpen: true, ...QUIET });
}

/** Sends a copy of `handle`, which stays open here. */
export function lend(message: FromWorker, handle: StreamHandle): void {
  if (process.connected) send?.({ cmd: LINK, ...message }, handle, { keepOpen: true });
}

/** Calls `handler` for each message of the master, with the connection that came along, if any. */
export function onMaster(handler: (message: ToWorker, handle: StreamHandle | undefined) => void): void {
  process.on('internalMessage' as 'message', (message: unknown, handle: unknown) => {
    const { cmd } = message as { cmd?: unknown };
    if (cmd === LINK) handler(message as ToWorker, handle as StreamHandle | undefined);
  });
}

/** A listening server keeps the process alive, as it does in plain node; the channel to the master stands in for it. */
export function holdAlive(): void {
  (process.channel as CountedChannel | undefined)?.refCounted?.();
}

/** The opposite of holdAlive; also called once at start, because node:cluster itself holds the channel without a reason. */
export function letGo(): void {
  (process.channel as CountedChannel | undefined)?.unrefCounted?.();
}

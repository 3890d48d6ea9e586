// How code inside a worker finds out that zdm looks after its connections: the variable that says so to the preload is removed
// by it, and grandchildren must not inherit the news.

const MARKER = Symbol.for('zdm.worker');

/** Called by the preload. */
export function markWorker(): void {
  Object.defineProperty(globalThis, MARKER, { value: true });
}

/** Whether this process is a worker whose connections zdm gives, moves and drains. Asked by zdm/graceful. */
export function isWorker(): boolean {
  return MARKER in globalThis;
}

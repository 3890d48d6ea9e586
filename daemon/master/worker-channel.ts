// What the documentation of node leaves out about the IPC channel to a worker.
import type { ChildProcess } from 'node:child_process';
import { LINK } from '../protocol/worker-link.ts';

/** A grandchild may hold the worker's output open; its end is not waited for longer than this (ms). */
const OUTPUT_GRACE = 200;
/** The kernel closes the channel of a dead process before its exit is told: this limit (ms) is never reached. */
const CHANNEL_LIMIT = 1_000;

/** node:cluster sends handles of its own through the same channel (UDP sockets), and they are acknowledged as ours are: `sent` tells of each. */
export function onForeignHandle(child: ChildProcess, sent: () => void): void {
  const send = child.send.bind(child) as (...args: unknown[]) => boolean;
  child.send = (message: unknown, handle: unknown, ...rest: unknown[]) => {
    const ours = (message as { cmd?: unknown } | null)?.cmd === LINK;
    if (handle && !ours) sent();
    return send(message, handle, ...rest);
  };
}

/** 'exit' may come before the last messages and the last output are read; `ended` is called when everything is known. */
export function whenEnded(child: ChildProcess, ended: (code: number | null, signal: string | null) => void): void {
  const output = [child.stdout, child.stderr].map(
    (stream) => new Promise<void>((resolve) => (stream ? stream.once('close', resolve) : resolve())),
  );
  child.once('exit', (code, signal) => {
    const outputEnd = Promise.race([Promise.all(output), pause(OUTPUT_GRACE)]);
    void Promise.all([channelEnd(child), outputEnd]).then(() => ended(code, signal));
  });
}

/**
 * Everything that a dead worker sent has been read. Not the 'disconnect' event: Node holds it back for ever when a handle was
 * in flight at the worker's death (its queue waits for the acknowledgement; read and seen in Node 20.20), which is the very case that matters.
 */
async function channelEnd(child: ChildProcess): Promise<void> {
  const until = performance.now() + CHANNEL_LIMIT;
  while (child.connected && performance.now() < until) await pause(1);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// The figures that the master routes and reports by.
import { tell } from './link.ts';
import type { Served } from './served.ts';

const REPORT_EVERY = 100;

export interface Load {
  /** A connection opened or ended. */
  changed(): void;
  /** A response was finished. */
  answered(): void;
  /** From now on every change is told at once. */
  drain(move: boolean): void;
  /** Tells the master now. */
  report(): void;
}

/** Counts over the given servers. */
export function createLoad(all: () => Iterable<Served>): Load {
  let requests = 0;
  let draining = false;
  let moving = false;
  let timer: NodeJS.Timeout | undefined;
  let last = '';

  function report(): void {
    timer = undefined;
    let open = 0;
    let busy = 0;
    for (const { sockets, movable } of all()) {
      open += sockets.size;
      if (draining)
        for (const socket of sockets) if (socket._httpMessage || (moving && movable && socket.parser)) busy += 1;
    }
    const signal = process.listenerCount('SIGINT') === 0 && process.listenerCount('SIGTERM') > 0 ? 'SIGTERM' : 'SIGINT';
    const figures = { open, busy, requests, draining, signal } as const;
    // A drain reports on a timer: only what is new is worth a message.
    if (JSON.stringify(figures) === last) return;
    last = JSON.stringify(figures);
    tell({ act: 'load', ...figures });
  }

  function changed(): void {
    if (draining) report();
    else timer ??= setTimeout(report, REPORT_EVERY).unref();
  }

  return {
    changed,
    report,
    answered() {
      requests += 1;
      changed();
    },
    drain(move) {
      draining = true;
      moving = move;
    },
  };
}

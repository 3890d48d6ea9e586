// RUNS INSIDE THE USER'S PROCESS, before its first line; started by the app's master with --require. One CommonJS file, no
// packages. Without a master (worker threads, plain node) it only takes its own name out of process.execArgv.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { FOREGROUND, LINK_VARIABLE, monotonic, TAKE_WITHIN, type ToWorker } from '../protocol/worker-link.ts';
import type { ListenSocket, StreamHandle } from '../connections/internals.ts';
import { expireSilence } from './adopt.ts';
import { announceResume, startDrain } from './drain.ts';
import { makeLastWill } from './last-will.ts';
import { give, letGo, onMaster, tell } from './link.ts';
import { createLoad } from './load.ts';
import { markWorker } from './marker.ts';
import { Pace } from './pace.ts';
import { PrivateConnections } from './private-connections.ts';
import { installSeam } from './seam.ts';
import type { Served } from './served.ts';
import { createStopSignal } from './stop-signal.ts';

type Arrival = Extract<ToWorker, { act: 'connection' }>;

hideFromChildren();
if (isMainThread && cluster.isWorker && process.env[LINK_VARIABLE]) run();

function run(): void {
  const inForeground = process.env[LINK_VARIABLE] === FOREGROUND;
  delete process.env[LINK_VARIABLE];
  markWorker();
  // Listeners of node:cluster itself, which would keep a finished script from ending. The app's own still do.
  for (const event of ['message', 'disconnect']) for (const _ of process.listeners(event as 'message')) letGo();
  /** Connections that arrived late, until the master has said whose they are. */
  const late = new Map<number, { message: Arrival; handle: StreamHandle }>();
  const pace = new Pace();
  const privates = new PrivateConnections();
  let endDrain: (() => void) | undefined;
  /** Others get what this worker parts with. */
  let gives = true;
  const load = createLoad({
    all: () => seam.all,
    claimed: () => late.size,
    datagrams: () => seam.datagrams.size > 0,
    stopSignal: createStopSignal(inForeground),
    pace,
    privates,
  });
  const seam = installSeam();
  makeLastWill({ seam, load, privates }, () => gives);
  subscribe('http.server.request.start', (message) => {
    if (!privates.has((message as { socket: Socket }).socket)) pace.came(message);
  });
  subscribe('http.server.response.finish', (message) => {
    if (pace.answered(message)) load.answered();
  });

  onMaster((message, handle) => {
    switch (message.act) {
      case 'listened':
        return seam.listened(message);
      case 'connection':
        if (!handle) return undefined;
        // A private one was sent to nobody else meanwhile.
        if (message.isPrivate || monotonic() - message.sentAt < TAKE_WITHIN) return take(message, handle);
        late.set(message.seq, { message, handle });
        return tell({ act: 'claim', seq: message.seq });
      case 'accept':
        return handle && acceptAt(message.key, handle as ListenSocket, message.back);
      case 'ping':
        return tell({ act: 'pong' });
      case 'claimed':
        return claimed(message.seq, message.yours);
      case 'drain':
        endDrain?.();
        gives = message.move;
        load.drain(message.move);
        endDrain = startDrain({ seam, load, privates }, message);
        return undefined;
      case 'resume':
        return resume();
    }
  });

  function acceptAt(key: string, socket: ListenSocket, back: boolean): void {
    const served = seam.find(key);
    if (!served) return socket.close();
    served.accept(socket, back, (connection) => {
      load.came();
      if (served.handle?.onconnection) served.handle.onconnection(0, connection);
      else give({ act: 'give', key, moved: false, refusals: 1 }, connection);
    });
  }

  function claimed(seq: number, yours: boolean): void {
    const connection = late.get(seq);
    late.delete(seq);
    if (!connection) return;
    if (yours) take(connection.message, connection.handle);
    // Another worker has it; only this process's copy is closed.
    else connection.handle.close();
  }

  function resume(): void {
    if (!endDrain) return;
    endDrain();
    endDrain = undefined;
    gives = true;
    load.resume();
    announceResume();
  }

  function take(message: Arrival, handle: StreamHandle): void {
    const { key, moved, refusals, isPrivate } = message;
    const served = seam.find(key);
    if (isPrivate) return takePrivate(served, handle);
    load.taken();
    // The app has closed this server a moment ago. Nothing of the connection was read: another worker can have it.
    if (!served?.handle?.onconnection) return give({ act: 'give', key, moved, refusals: refusals + 1 }, handle);
    if (!moved) return served.handle.onconnection(0, handle);
    served.connect(handle, (socket) => expireSilence(served, socket));
  }

  /** The question is to this worker: where it cannot be asked, nobody else is. */
  function takePrivate(served: Served | undefined, handle: StreamHandle): void {
    if (served?.handle?.onconnection) served.connect(handle, (socket) => privates.add(socket, served));
    else handle.close();
  }
}

/** child_process.fork hands process.execArgv down, from a thread too; a grandchild has no use for us. */
function hideFromChildren(): void {
  const at = process.execArgv.findIndex(
    (arg, index) => arg === '--require' && process.execArgv[index + 1] === __filename,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
}

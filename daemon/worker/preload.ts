// RUNS INSIDE THE USER'S PROCESS, before its first line; started by the app's master with --require. One CommonJS file, no
// packages. Without a master (worker threads, plain node) it only takes its own name out of process.execArgv.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import { isMainThread } from 'node:worker_threads';
import { FOREGROUND, LINK_VARIABLE, monotonic, TAKE_WITHIN, type ToWorker } from '../protocol/worker-link.ts';
import type { HttpSocket, ListenSocket, StreamHandle } from '../connections/internals.ts';
import { expireSilence } from './adopt.ts';
import { startDrain } from './drain.ts';
import { give, letGo, onMaster, tell } from './link.ts';
import { createLoad } from './load.ts';
import { markWorker } from './marker.ts';
import { Pace } from './pace.ts';
import { installSeam } from './seam.ts';
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
  const load = createLoad({
    all: () => seam.all,
    claimed: () => late.size,
    datagrams: () => seam.datagrams.size > 0,
    stopSignal: createStopSignal(inForeground),
    pace,
  });
  const seam = installSeam();
  subscribe('http.server.request.start', pace.came);
  subscribe('http.server.response.finish', (message) => {
    load.answered();
    pace.answered(message);
  });

  onMaster((message, handle) => {
    switch (message.act) {
      case 'listened':
        return seam.listened(message);
      case 'connection':
        if (!handle) return undefined;
        if (monotonic() - message.sentAt < TAKE_WITHIN) return take(message, handle);
        late.set(message.seq, { message, handle });
        return tell({ act: 'claim', seq: message.seq });
      case 'accept':
        return handle && acceptAt(message.key, handle as ListenSocket, message.back);
      case 'ping':
        return tell({ act: 'pong' });
      case 'claimed':
        return claimed(message.seq, message.yours);
      case 'drain':
        load.drain(message.move);
        return startDrain(seam, message, load);
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

  function take(message: Arrival, handle: StreamHandle): void {
    load.taken();
    const { key, moved, refusals } = message;
    const served = seam.find(key);
    // The app has closed this server a moment ago. Nothing of the connection was read: another worker can have it.
    if (!served?.handle?.onconnection) return give({ act: 'give', key, moved, refusals: refusals + 1 }, handle);
    if (!moved) return served.handle.onconnection(0, handle);
    let socket: HttpSocket | undefined;
    const remember = (opened: HttpSocket): void => void (socket = opened);
    served.server.prependOnceListener('connection', remember);
    served.handle.onconnection(0, handle);
    served.server.removeListener('connection', remember);
    if (socket) expireSilence(served, socket);
  }
}

/** child_process.fork hands process.execArgv down, from a thread too; a grandchild has no use for us. */
function hideFromChildren(): void {
  const at = process.execArgv.findIndex(
    (arg, index) => arg === '--require' && process.execArgv[index + 1] === __filename,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
}

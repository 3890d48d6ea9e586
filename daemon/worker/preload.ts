// RUNS INSIDE THE USER'S PROCESS, before its first line; started by the app's master with --require. One CommonJS file, no
// packages. Without a master (worker threads, plain node) it only takes its own name out of process.execArgv.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import { isMainThread } from 'node:worker_threads';
import { LINK_VARIABLE } from '../protocol/worker-link.ts';
import type { HttpSocket, StreamHandle } from '../connections/internals.ts';
import { expireSilence } from './adopt.ts';
import { startDrain } from './drain.ts';
import { letGo, onMaster, tell } from './link.ts';
import { createLoad } from './load.ts';
import { installSeam } from './seam.ts';

hideFromChildren();
if (isMainThread && cluster.isWorker && process.env[LINK_VARIABLE]) run();

function run(): void {
  delete process.env[LINK_VARIABLE];
  // Listeners of node:cluster itself, which would keep a finished script from ending. The app's own still do.
  for (const event of ['message', 'disconnect']) for (const _ of process.listeners(event as 'message')) letGo();
  const load = createLoad(() => seam.all);
  const seam = installSeam();
  subscribe('http.server.response.finish', load.answered);

  onMaster((message, handle) => {
    switch (message.act) {
      case 'listened':
        return seam.listened(message);
      case 'connection':
        return take(message.key, message.moved, handle);
      case 'drain':
        load.drain(message.move);
        return startDrain(seam.all, message.move, load.report);
    }
  });

  function take(key: string, moved: boolean, handle: StreamHandle | undefined): void {
    const served = seam.find(key);
    if (!handle || !served?.handle?.onconnection) {
      tell({ act: 'refused' });
      handle?.close();
      return;
    }
    // Before the first byte can be read: a connection that the master still holds is one that was not touched.
    tell({ act: 'accepted' });
    let socket: HttpSocket | undefined;
    const remember = (opened: HttpSocket): void => void (socket = opened);
    if (moved) served.server.prependOnceListener('connection', remember);
    served.handle.onconnection(0, handle);
    if (moved) served.server.removeListener('connection', remember);
    if (socket) expireSilence(served, socket);
    load.taken();
  }
}

/** child_process.fork hands process.execArgv down, from a thread too; a grandchild has no use for us. */
function hideFromChildren(): void {
  const at = process.execArgv.findIndex(
    (arg, index) => arg === '--require' && process.execArgv[index + 1] === __filename,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
}

// RUNS INSIDE THE USER'S PROCESS, before its first line; started by the app's master with --require. One CommonJS file, no
// packages. Without a master (worker threads, plain node) it only takes its own name out of process.execArgv.
import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { FOREGROUND, IDENTITY_VARIABLE, type Identity, LINK_VARIABLE } from '../protocol/worker-link.ts';
import { tell } from './channel/link.ts';
import { writeAtOnce } from './channel/output.ts';
import { runInCluster } from './cluster-mode.ts';
import { linkApp } from './fork-mode.ts';

hideFromChildren();
if (isMainThread && process.env[LINK_VARIABLE]) begin();

function begin(): void {
  const inForeground = process.env[LINK_VARIABLE] === FOREGROUND;
  const identity = JSON.parse(process.env[IDENTITY_VARIABLE] ?? '{}') as Identity;
  delete process.env[LINK_VARIABLE];
  delete process.env[IDENTITY_VARIABLE];
  // In the foreground the output ends with the master, as the process does.
  if (identity.socket !== null) writeAtOnce();
  if (cluster.isWorker) runInCluster(identity, inForeground);
  else linkApp(identity);
  process.once('exit', (code) => tell({ act: 'exits', code }));
}

/** child_process.fork hands process.execArgv down, from a thread too; a grandchild has no use for us. */
function hideFromChildren(): void {
  const at = process.execArgv.findIndex(
    (arg, index) => arg === '--require' && process.execArgv[index + 1] === __filename,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
}

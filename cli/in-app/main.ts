// RUNS INSIDE THE USER'S PROGRAM: `import { init } from 'zdm/master'`. The process that was started becomes the master of the app,
// and starts it again as its workers, in which init() returns at once. Small, because every worker loads it.
import cluster from 'node:cluster';
import { cpus } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { loadForeground } from '../load-foreground.ts';
import { isLeaving, leaveScript } from './leave-script.ts';
import { type MasterOptions, specOf } from './settings.ts';

export type { MasterOptions } from './settings.ts';

type StartServer<T> = () => T;

/**
 * At the top of a program: the primary becomes the master and does not come back from this call, the workers go on into the app.
 * With a function: in production (`NODE_ENV=production` or `ENABLE_WORKERS=true`) that is called in the workers; else here, and
 * nothing is clustered. Returns what the function returns. Throws a TypeError for settings that cannot be understood.
 */
export function init(options?: MasterOptions): void;
export function init<T>(startServer: StartServer<T>, options?: MasterOptions): T;
export function init<T>(first?: StartServer<T> | MasterOptions, second?: MasterOptions): T | void {
  const startServer = typeof first === 'function' ? first : undefined;
  const options = (typeof first === 'function' ? second : first) ?? {};
  const { env } = process;
  const wanted = !startServer || env['NODE_ENV'] === 'production' || env['ENABLE_WORKERS'] === 'true';
  if (!cluster.isPrimary || !isMainThread || !wanted) return startServer?.();
  becomeMaster(options);
  return leaveScript();
}

function becomeMaster(options: MasterOptions): void {
  const { argv, execArgv, env } = process;
  const spec = specOf(options, { argv, execArgv, env, cwd: process.cwd(), cpus: cpus().length });
  const { runForeground } = loadForeground(__dirname);
  void runForeground({
    specs: [spec],
    dist: __dirname,
    format: 'raw',
    autoExit: true,
    patient: true,
    tellsWorkers: true,
    onNewVersion: 'exit',
    isNoBug: isLeaving,
  });
}

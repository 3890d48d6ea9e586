// From the wish to exit to the end of the process.
import type { Server } from 'node:net';
import { isWorker } from '../worker/marker.ts';
import { leave } from './leave.ts';
import type { Settings } from './options.ts';
import { disconnectClients } from './socket-io.ts';

/** How long (ms) the user's own shutdown code is waited for. */
const CALLBACK_WITHIN = 10_000;

export interface ExitPlan {
  readonly settings: Settings;
  /** Asked when the exit begins. */
  servers(): readonly Server[];
  /** The app has our middleware. */
  readonly inApp?: () => boolean;
  /** Runs before the user's callback. */
  readonly before?: () => unknown;
}

/** Exits under way: a program may have several servers, and ends when the last one is done. */
const underway = new Set<Exit>();
let code = 0;
let endsProcess = false;

/** One wish to exit. Where zdm has drained the process already, only the user's own shutdown code is run. */
export class Exit {
  private readonly plan: ExitPlan;
  private going: Promise<number> | undefined;

  constructor(plan: ExitPlan) {
    this.plan = plan;
  }

  /** Whether it has begun: what a health check may answer with, so that a balancer looks elsewhere. */
  get leaving(): boolean {
    return this.going !== undefined;
  }

  /** Begins it; resolves with the exit code. Never rejects. A second call is the first one. */
  run(): Promise<number> {
    this.going ??= this.go();
    return this.going;
  }

  private async go(): Promise<number> {
    const { settings, inApp, before } = this.plan;
    underway.add(this);
    const left = isWorker() ? 0 : await this.leaveAll(inApp?.() ?? false);
    const cleaned = await cleanUp(left > 0 ? 1 : 0, [() => before?.(), settings.callback]);
    underway.delete(this);
    code = Math.max(code, cleaned);
    endsProcess ||= settings.exitProcess;
    if (endsProcess && underway.size === 0) setTimeout(() => process.exit(code), settings.exitDelay);
    return cleaned;
  }

  private async leaveAll(inApp: boolean): Promise<number> {
    const { settings } = this.plan;
    settings.logger('zdm/graceful: closing the server');
    const leaving = this.plan.servers().map((server) => leave(server, settings, inApp));
    if (settings.socketio) {
      settings.logger(`zdm/graceful: disconnecting ${disconnectClients(settings.socketio)} socket.io clients`);
    }
    const left = (await Promise.all(leaving)).reduce((sum, cut) => sum + cut, 0);
    settings.logger(
      left === 0
        ? 'zdm/graceful: all is done'
        : `zdm/graceful: ${left} connections cut after ${settings.suicideTimeout} ms`,
    );
    return left;
  }
}

/** Runs the user's shutdown code; 1 when it failed, or took too long. */
async function cleanUp(result: number, steps: readonly (((code: number) => unknown) | undefined)[]): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    const say = (): void => reject(new Error(`zdm/graceful: the callback was not done within ${CALLBACK_WITHIN} ms`));
    timer = setTimeout(say, CALLBACK_WITHIN);
  });
  try {
    for (const step of steps) await Promise.race([step?.(result), late]);
    return result;
  } catch (error) {
    console.error(error);
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

// Starting the processes of an app. The machine is told of those that cannot be started; it never hears of an end of them.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Trouble } from '../../os/trouble.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { AppSpec } from '../../protocol/model.ts';
import type { Loop } from '../loop.ts';
import { noRoom } from '../no-room.ts';
import { readFifos, removeFifos } from './fifos.ts';
import { type SpawnOptions, spawnWorker, type Start } from './spawn.ts';

/** A process that was started, or has not been and will say so. */
interface Started {
  readonly child: ChildProcess;
  /** Where its output comes from when this master has gone. */
  readonly output: string | null;
  readonly streams: { readonly out: Readable | null; readonly err: Readable | null };
}

export class Starts {
  private readonly loop: Loop;
  private readonly options: SpawnOptions;
  private readonly trouble = new Trouble('starting a worker');

  constructor(loop: Loop, options: SpawnOptions) {
    this.loop = loop;
    this.options = options;
  }

  /** Null when it cannot be started. Some failures are thrown at once (a cwd that is gone, an environment that is too large). */
  begin(spec: AppSpec, start: Start): Started | null {
    const { id: worker } = start;
    const pair = this.options.fifos?.take() ?? null;
    try {
      const child = spawnWorker(spec, { ...start, output: pair?.ends }, this.options);
      if (!pair) return { child, output: null, streams: { out: child.stdout, err: child.stderr } };
      return { child, output: pair.path, streams: readFifos(pair.path) };
    } catch (error) {
      if (pair) removeFifos(pair.path);
      if (!this.noteNoRoom(error, worker)) {
        const why = `not being started at all: ${messageOf(error)}`;
        this.loop.dispatch({ type: 'exit', worker, code: null, why, random: Math.random() });
      }
      return null;
    } finally {
      // The worker has its own copies.
      pair?.close();
    }
  }

  /** Others are events. `failed` is called when it did not start, with the reason; null when there was no room for it. */
  watch(child: ChildProcess, worker: number, failed: (why: string | null) => void): void {
    if (child.pid !== undefined) return this.trouble.over();
    child.once('error', (error: NodeJS.ErrnoException) =>
      failed(this.noteNoRoom(error, worker) ? null : (error.code ?? error.message)),
    );
  }

  private noteNoRoom(error: unknown, worker: number): boolean {
    const why = noRoom(error);
    if (why === null) return false;
    this.trouble.met(error);
    this.loop.dispatch({ type: 'unstarted', worker, why });
    return true;
  }
}

// Looks once a second whether a worker uses too much or is hung, and has it replaced, its successor first.
import { steady } from '../os/clock.ts';
import { formatBytes } from '../protocol/format.ts';
import type { Limits, WorkerFigures } from '../protocol/model.ts';
import { judge, NO_STREAK, type Streak, type Verdict } from '../rollout/limits.ts';
import type { App } from './app.ts';
import { replaceFaulty } from './own-operation.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

export class LimitWatch {
  /** Nothing is looked at: somebody takes a profile. */
  paused = false;
  private readonly app: App;
  private readonly tellsWorkers: boolean;
  private readonly streaks = new Map<number, Streak>();
  /** The worker that is being replaced in a slot, and why. */
  private readonly leaving = new Map<number, { readonly pid: number; readonly reason: string }>();

  /** `tellsWorkers`: in messages, in the words of master-process, which it also understands. */
  constructor(app: App, tellsWorkers: boolean) {
    this.app = app;
    this.tellsWorkers = tellsWorkers;
    if (!tellsWorkers) return;
    app.heard = (text) => this.heard(text);
    app.admitted = (successor) => this.introduce(successor);
  }

  /** A second has passed; `figures` gives those of a worker. */
  look(figures: (worker: number) => WorkerFigures): void {
    const { spec, loop, handles } = this.app;
    const { limits } = spec;
    for (const id of this.streaks.keys()) if (!handles.has(id)) this.streaks.delete(id);
    if (limits === null || this.paused) return;
    for (const { id, stage, startedAt } of loop.machine.workers) {
      const handle = handles.get(id);
      if (!handle || (stage !== 'online' && stage !== 'starting')) continue;
      const { memory, cpu } = figures(id);
      const sample = { memory, cpu, silence: handle.silence, uptime: steady() - startedAt };
      const bounds = stage === 'starting' ? forStart(limits) : limits;
      const verdict = judge(bounds, this.streaks.get(id) ?? NO_STREAK, sample);
      this.streaks.set(id, verdict.streak);
      if (verdict.high !== null && this.tellsWorkers)
        handle.say(JSON.stringify({ msg: 'mem_high', mem_perc: verdict.high }));
      if (verdict.excess !== null) this.replace(handle, limits, verdict.excess, { memory, cpu });
    }
  }

  private replace(
    handle: WorkerHandle,
    limits: Limits,
    excess: NonNullable<Verdict['excess']>,
    { memory, cpu }: Pick<WorkerFigures, 'memory' | 'cpu'>,
  ): void {
    const why = {
      memory: `memory ${formatBytes(memory ?? 0)}, limit ${formatBytes(limits.memory ?? 0)}`,
      cpu: `CPU ${Math.round(cpu ?? 0)}%, limit ${limits.cpu}%`,
      hang: `event loop blocked for ${handle.silence}s`,
    };
    const fault = excess === 'hang' ? `had its ${why.hang}` : `used too much (${why[excess]})`;
    // Not while something else runs; the next second asks again.
    if (!replaceFaulty(this.app, handle, why[excess], fault)) return;
    this.streaks.delete(handle.id);
    const reason = excess === 'hang' ? 'its event loop was blocked' : `used too much ${excess}`;
    this.leaving.set(handle.slot, { pid: handle.pid, reason });
  }

  /** A worker has come online; perhaps in place of one that used too much. */
  private introduce({ slot, pid, say }: Pick<WorkerHandle, 'slot' | 'pid' | 'say'>): void {
    const old = this.leaving.get(slot);
    this.leaving.delete(slot);
    if (old && old.pid !== pid)
      say(JSON.stringify({ msg: 'replace_faulty_worker', reason: old.reason, old_pid: old.pid, new_pid: pid }));
  }

  private heard(text: string): void {
    const { msg } = parsed(text);
    if (msg === 'pause_monitoring') this.paused = true;
    if (msg === 'resume_monitoring') this.paused = false;
  }
}

function parsed(text: string): { readonly msg?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as { msg?: unknown };
  } catch {
    return {};
  }
}

/** One that fills its memory before it is ready would fill that of the machine before its time is up. */
function forStart({ memory }: Limits): Limits {
  return { memory, cpu: null, hang: null, memorySamples: 2, cpuSamples: 2, grace: 0 };
}

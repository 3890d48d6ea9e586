// What is measured of the workers once a second, and the past of that. It is kept here and not in zdmd: that one may die at
// any time, and the graphs go on.
import { History, type Sample } from '../metrics/history.ts';
import { sampleProcesses, type ProcessSample } from '../metrics/sampler.ts';
import type { AppFigures, AppHistory, WorkerFigures } from '../protocol/model.ts';
import type { App } from './app.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

const SAMPLE_EVERY = 1_000;

export class Figures {
  private samples = new Map<number, ProcessSample>();
  private sampledAt = Date.now();
  private readonly past = new History();
  private readonly app: App;

  constructor(app: App, sampled: () => void) {
    this.app = app;
    setInterval(() => void this.sample().then(sampled), SAMPLE_EVERY).unref();
  }

  /** Of one worker, which may not have a process. */
  of(worker: number): WorkerFigures {
    const handle = this.app.handles.get(worker);
    const { cpu = null, memory = null } = this.samples.get(handle?.pid ?? 0) ?? {};
    const { lag = null, latency = null } = handle?.pace.shown ?? {};
    const rounded = cpu === null ? null : Math.round(cpu * 10) / 10;
    return { cpu: rounded, memory, connections: handle?.open ?? 0, requests: handle?.load.requests ?? 0, lag, latency };
  }

  get now(): AppFigures {
    const { spec, traffic } = this.app;
    const workers = this.app.loop.machine.workers.map(({ id }) => ({ id, ...this.of(id) }));
    return { name: spec.name, at: this.sampledAt, waiting: traffic.handOut.waiting, workers };
  }

  get history(): AppHistory {
    return { name: this.app.spec.name, at: this.sampledAt, ...this.past.series };
  }

  /** Goes on with what another master has measured. */
  inherit({ total }: AppHistory): void {
    this.past.inherit(total);
  }

  private async sample(): Promise<void> {
    const pids = [...this.app.handles.values()].map(({ pid }) => pid).filter((pid) => pid > 0);
    this.samples = await sampleProcesses(pids);
    this.sampledAt = Date.now();
    for (const { pace } of this.app.handles.values()) pace.sample();
    const samples = [...this.app.handles.values()].map((handle) => this.sampleOf(handle));
    this.past.add(samples, this.app.story.receipts.answeredInAll);
  }

  /** What a fork-mode app has open, and what it answers, nobody can tell. */
  private sampleOf({ id, mode }: WorkerHandle): Sample {
    const figures = this.of(id);
    return mode === 'fork' ? { id, ...figures, connections: null, requests: null } : { id, ...figures };
  }
}

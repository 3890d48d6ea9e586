// A worker comes into being: by the release of its generation, and heard by everybody whom it has to tell something.
import type { AppSpec } from '../protocol/model.ts';
import type { Effect, Machine } from '../rollout/types.ts';
import type { HealthWatch } from './health-watch.ts';
import type { Loop } from './loop.ts';
import type { Output } from './output.ts';
import { launchSpec, whyGone } from './release.ts';
import type { Releases } from './releases.ts';
import type { Starts } from './starts.ts';
import type { Story } from './story.ts';
import type { Traffic } from './traffic.ts';
import type { WorkerEvents } from './worker-events.ts';
import { WorkerHandle } from './worker-handle.ts';
import { WorkerTree } from './worker-tree.ts';

/** What a new worker has to do with, of its app. */
interface Nursery {
  readonly handles: Map<number, WorkerHandle>;
  readonly loop: Loop;
  readonly story: Story;
  readonly output: Output;
  readonly releases: Releases;
  readonly traffic: Traffic;
  readonly health: HealthWatch;
  heard(text: string): void;
  noteListening(handle: WorkerHandle): void;
  ended(handle: WorkerHandle, code: number | null, signal: string | null): void;
  neverStarted(handle: WorkerHandle, why: string): void;
}

/** Which worker, and by what it was started. */
interface Launched {
  readonly id: number;
  readonly generation: number;
  readonly spec: AppSpec;
}

/** Starts what the machine wants started. What keeps it from starting is told to the machine. */
export function newWorker(app: Nursery, starts: Starts, effect: Extract<Effect, { type: 'fork' }>, at: number): void {
  const { worker: id, slot, generation } = effect;
  const { loop, handles, story, output, releases } = app;
  const release = releases.of(generation);
  const gone = isWayBack(loop.machine, generation) ? whyGone(release) : null;
  if (gone !== null) return loop.dispatch({ type: 'missing', worker: id, why: gone });
  const spec = launchSpec(release);
  const mark = `${spec.name}.${process.pid}.${id}`;
  const rehearsal = loop.machine.operation?.request.kind === 'rehearse';
  const child = starts.begin(spec, { slot, generation, mark, rehearsal }, id);
  if (!child) return;
  const identity = { id, slot, generation, mode: spec.execMode, tree: new WorkerTree(child, mark, spec) };
  const tail = output.capture(child, slot, generation);
  const handle: WorkerHandle = new WorkerHandle(
    identity,
    child,
    tail,
    hearing(app, { id, generation, spec }, () => handle),
  );
  handles.set(id, handle);
  story.forked(handle, at);
  // One that could not be started at all has no exit either.
  starts.watch(child, id, (why) => {
    if (why === null) handles.delete(id);
    else app.neverStarted(handle, why);
  });
}

/** What is started now has run before: its code may be gone. */
function isWayBack({ operation }: Machine, generation: number): boolean {
  if (!operation || operation.from === operation.to) return false;
  return operation.returning ? generation !== operation.to : operation.request.kind === 'rollback';
}

/** What it says, carried to the parts that it is for. `handle` gives it, which does not exist yet. */
function hearing(app: Nursery, { id, generation, spec }: Launched, handle: () => WorkerHandle): WorkerEvents {
  const { traffic, loop, story } = app;
  return {
    listen: (request) => void traffic.listen(handle(), request, spec),
    listening: () => {
      app.health.listening(handle(), spec);
      app.noteListening(handle());
      traffic.opened(handle());
    },
    said: (text) => app.heard(text),
    ready: () => loop.dispatch({ type: 'ready', worker: id }),
    answered: () => traffic.handOut.advance(),
    returned: (key, socket) => traffic.kernel.returned(handle(), key, socket),
    alive: () => traffic.alive(handle()),
    late: () => traffic.takeBack(handle()),
    orphaned: (connection) => traffic.orphaned(connection),
    gave: (connection) => traffic.gave(connection),
    load: (load, previous) => {
      story.receipts.answered(generation, load.requests - previous.requests);
      story.progressed(handle());
      if (load.promised !== previous.promised) loop.dispatch({ type: 'promised', worker: id, ms: load.promised });
      if (load.draining) traffic.heard(handle());
      // Figures alone are published with the next sample: they change with every request.
      if (load.draining && load.busy === 0) loop.dispatch({ type: 'settled', worker: id, empty: load.open === 0 });
    },
    gone: (code, signal) => app.ended(handle(), code, signal),
  };
}

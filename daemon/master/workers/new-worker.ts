// A worker comes into being: started by the release of its generation, or taken over from a master before; and heard by everybody whom
// it has to tell something.
import { Channel } from '../../channel/channel.ts';
import { nativePipe } from '../../channel/pipes.ts';
import { isAlive } from '../../os/process-identity.ts';
import type { AppSpec } from '../../protocol/model.ts';
import type { Hello } from '../../protocol/worker-link.ts';
import type { ListenSocket } from '../../connections/internals.ts';
import type { Effect, Machine, Worker } from '../../rollout/types.ts';
import type { SavedWorker } from '../adoption/journal.ts';
import type { HealthWatch } from '../health-watch.ts';
import type { Loop } from '../loop.ts';
import type { Output } from '../output.ts';
import { launchSpec, whyGone } from '../release.ts';
import type { Releases } from '../releases.ts';
import type { Starts } from './starts.ts';
import type { Story } from '../story.ts';
import type { Traffic } from '../traffic.ts';
import { type OutputStreams, readFifos, removeFifos } from './fifos.ts';
import { AdoptedProcess, outputEnd, startedProcess, type WorkerProcess } from './process.ts';
import { isPreloaded } from './spawn.ts';
import type { WorkerEvents } from './worker-events.ts';
import { WorkerHandle } from './worker-handle.ts';
import { WorkerTree } from './worker-tree.ts';

/** Of this master, among all that there were. */
const MASTER = process.pid;
/** A grandchild may hold the worker's output open; its end is not waited for longer than this (ms). */
const OUTPUT_GRACE = 200;

/** What a new worker has to do with, of its app. */
export interface Nursery {
  readonly handles: Map<number, WorkerHandle>;
  readonly loop: Loop;
  readonly story: Story;
  readonly output: Output;
  readonly releases: Releases;
  readonly traffic: Traffic;
  readonly health: HealthWatch;
  readonly resumption: {
    greeted(handle: WorkerHandle, hello: Hello): void;
    lent(handle: WorkerHandle, key: string, slot: boolean, socket: ListenSocket | undefined): void;
  };
  left(handle: WorkerHandle): void;
  heard(text: string): void;
  noteListening(handle: WorkerHandle): void;
  ended(handle: WorkerHandle, code: number | null, signal: string | null): void;
  neverStarted(handle: WorkerHandle, why: string): void;
}

/** Which worker, and by what it was started. */
interface Launched {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly spec: AppSpec;
  readonly mark: string;
  readonly output: string | null;
}

/** Starts what the machine wants started. What keeps it from starting is told to the machine. */
export function newWorker(app: Nursery, starts: Starts, effect: Extract<Effect, { type: 'fork' }>, at: number): void {
  const { worker: id, slot, generation } = effect;
  const { loop, handles, story, releases } = app;
  const release = releases.of(generation);
  const gone = isWayBack(loop.machine, generation) ? whyGone(release) : null;
  if (gone !== null) return loop.dispatch({ type: 'missing', worker: id, why: gone });
  const spec = launchSpec(release);
  const mark = `${spec.name}.${MASTER}.${id}`;
  const rehearsal = loop.machine.operation?.request.kind === 'rehearse';
  const started = starts.begin(spec, { id, slot, generation, mark, rehearsal });
  if (!started) return;
  const { child, output, streams } = started;
  const handle = makeHandle(app, { id, slot, generation, spec, mark, output }, startedProcess(child), streams);
  const pipe = nativePipe(child);
  if (pipe) handle.attach((events) => new Channel(pipe, events));
  story.forked(handle, at);
  // One that could not be started at all has no exit either.
  starts.watch(child, id, (why) => {
    if (why === null) handles.delete(id);
    else app.neverStarted(handle, why);
  });
}

/** Takes over a worker that a master before has started; null when it has ended. It is spoken to when it has come by itself. */
export function adoptWorker(
  app: Nursery,
  { id, mark, output, ...identity }: SavedWorker,
  worker: Worker,
): WorkerHandle | null {
  if (!isAlive(identity)) {
    if (output !== null) removeFifos(output);
    return null;
  }
  const { slot, generation } = worker;
  const spec = launchSpec(app.releases.of(generation));
  const launched = { id, slot, generation, spec, mark, output };
  return makeHandle(app, launched, new AdoptedProcess(identity), streamsOf(output));
}

/** What it prints is lost where its FIFOs have gone. */
function streamsOf(output: string | null): OutputStreams | null {
  try {
    return output === null ? null : readFifos(output);
  } catch {
    return null;
  }
}

function makeHandle(
  app: Nursery,
  launched: Launched,
  process: WorkerProcess,
  streams: { readonly out: OutputStreams['out'] | null; readonly err: OutputStreams['err'] | null } | null,
): WorkerHandle {
  const { id, slot, generation, spec, mark, output } = launched;
  const { out = null, err = null } = streams ?? {};
  const tree = new WorkerTree(process, mark, spec);
  const identity = { id, slot, generation, mode: spec.execMode, tree, isPreloaded: isPreloaded(spec), output, spec };
  const handle: WorkerHandle = new WorkerHandle(
    identity,
    process,
    app.output.capture({ out, err }, slot, generation),
    hearing(app, launched, () => handle),
    () => outputEnd([out, err], OUTPUT_GRACE),
  );
  app.handles.set(id, handle);
  return handle;
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
    hello: (hello) => app.resumption.greeted(handle(), hello),
    lent: (key, slot, socket) => app.resumption.lent(handle(), key, slot, socket),
    left: () => app.left(handle()),
    unlinked: () => traffic.closed(handle()),
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
    gone: (code, signal) => {
      if (handle().output !== null) removeFifos(handle().output!);
      app.ended(handle(), code, signal);
    },
  };
}

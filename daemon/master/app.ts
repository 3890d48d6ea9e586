// The master's heart: the machine decides, this carries it out. One queue: event -> step -> effects -> publish.
import { steady } from '../os/clock.ts';
import { logEvent } from '../os/log.ts';
import { exitWords } from '../protocol/format.ts';
import type { ControlRequest, MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec, ExitRecord } from '../protocol/model.ts';
import { controllable } from '../rollout/control.ts';
import { policyOf } from '../rollout/policy.ts';
import type { Effect, Operation } from '../rollout/types.ts';
import { Farewell } from './farewell.ts';
import { Handover, type HandoverSurroundings } from './handover.ts';
import { Loop } from './loop.ts';
import { type OpenSink, Output } from './output.ts';
import { Releases } from './releases.ts';
import { Story } from './story.ts';
import type { SpawnOptions } from './spawn.ts';
import { Starts } from './starts.ts';
import { Traffic } from './traffic.ts';
import { WorkerHandle } from './worker-handle.ts';
import { WorkerTree } from './worker-tree.ts';

/** Unused places and waiting connections are looked after this often (ms). */
const HOUSEKEEPING = 1_000;

export interface AppOptions extends SpawnOptions {
  /** Whether idle connections can move on this node. */
  readonly canMove: Promise<boolean>;
  /** Where output goes; to the files of the description when it is left out. */
  readonly open?: OpenSink;
  readonly handover: HandoverSurroundings;
}

type Exit = Pick<ExitRecord, 'at' | 'uptime' | 'code' | 'signal'>;

export class App {
  readonly handles = new Map<number, WorkerHandle>();
  readonly traffic: Traffic;
  readonly story: Story;
  readonly loop: Loop;
  readonly output: Output;
  readonly farewell: Farewell;
  spec: AppSpec;
  /** A worker has come online; called after the story was told. */
  admitted: (handle: WorkerHandle) => void = () => undefined;
  /** A worker sent a text. */
  heard: (text: string) => void = () => undefined;
  readonly handover: Handover;
  private readonly stopped: () => void;
  private readonly releases: Releases;
  private readonly starts: Starts;

  constructor(
    spec: AppSpec,
    { canMove, open, handover, ...spawning }: AppOptions,
    changed: () => void,
    stopped: () => void,
  ) {
    this.spec = spec;
    this.traffic = new Traffic(this.handles, canMove, () => this.handover.receivers);
    this.story = new Story(this.traffic.handOut, this.handles);
    this.loop = new Loop(
      policyOf(spec),
      spec.instances,
      (effect, at) => this.carryOut(effect, at),
      () => {
        if (this.isDown) this.traffic.close();
        this.handover.look();
        changed();
      },
    );
    this.handover = new Handover(this, handover);
    this.starts = new Starts(this.loop, spawning);
    this.farewell = new Farewell(this.loop, this.traffic, this.story, spawning.inForeground);
    this.stopped = stopped;
    this.releases = new Releases(spec);
    this.output = new Output(spec, open);
    setInterval(() => this.traffic.keepHouse(this.spec), HOUSEKEEPING).unref();
  }

  /** Takes an operation up; answers with the number of instances that it asks for. */
  operate(operation: MasterOperation): number {
    const { op, kind, spec, scale, slot, patient, by } = operation;
    this.handover.asked(operation);
    const asked = scale?.mode === 'add' ? this.loop.machine.instances + scale.count : scale?.count;
    const instances = asked === undefined ? (spec?.instances ?? null) : Math.max(1, asked);
    this.story.operations.queued({ op, kind, by }, Date.now());
    if (spec) this.releases.ask(op, spec);
    this.loop.dispatch({
      type: 'command',
      request: { op, kind, instances, slot, policy: spec && policyOf(spec), room: null, patient },
    });
    return instances ?? this.loop.machine.instances;
  }

  /** Steers a rollout; answers with the operation that it acted on, null when there was nothing to do. */
  control({ action, by }: ControlRequest): string | null {
    const op = controllable(this.loop.machine, action);
    if (op === null) return null;
    this.story.steered(op, action, by, Date.now());
    this.loop.dispatch({ type: 'control', action, by });
    return op;
  }

  /** Resolves when everything that was printed is in the log files. */
  closeLogs(): Promise<unknown> {
    return this.output.close();
  }

  private carryOut(effect: Effect, at: number): void {
    switch (effect.type) {
      case 'begin':
        return this.begin(effect.operation, at);
      case 'end':
        return this.end(effect, at);
      case 'fork':
        return this.fork(effect, at);
      case 'relieve': {
        const served = [...this.handles.values()].find(({ slot, admitted }) => slot === effect.slot && admitted);
        return this.handover.relieve(effect.slot, served?.listening ?? []);
      }
      case 'admit':
      case 'drain':
      case 'signal':
      case 'kill': {
        const handle = this.handles.get(effect.worker);
        if (!handle) return;
        if (effect.type === 'admit') return this.admit(handle, at);
        return this.farewell.carryOut(handle, effect, this.spec, at);
      }
    }
  }

  private begin(operation: Operation, at: number): void {
    const { op } = operation.request;
    this.handover.begins(op);
    this.adopt(this.releases.begin(op, operation.to));
    this.story.began(operation, at);
  }

  private admit(handle: WorkerHandle, at: number): void {
    handle.admitted = true;
    this.story.admitted(handle, this.ageOf(handle), at);
    this.traffic.opened(handle);
    this.admitted(handle);
  }

  private fork(effect: Extract<Effect, { type: 'fork' }>, at: number): void {
    const { worker: id, slot, generation } = effect;
    const spec = this.releases.of(generation);
    const mark = `${spec.name}.${process.pid}.${id}`;
    const child = this.starts.begin(spec, { slot, generation, mark }, id);
    if (!child) return;
    const identity = { id, slot, generation, mode: spec.execMode, tree: new WorkerTree(child, mark, spec) };
    const handle: WorkerHandle = new WorkerHandle(identity, child, this.output.capture(child, slot, generation), {
      listen: (request) => void this.traffic.listen(handle, request, spec),
      listening: () => {
        this.noteListening(handle);
        this.traffic.opened(handle);
      },
      said: (text) => this.heard(text),
      ready: () => this.loop.dispatch({ type: 'ready', worker: id }),
      answered: () => this.traffic.handOut.advance(),
      returned: (key, socket) => this.traffic.kernel.returned(handle, key, socket),
      alive: () => this.traffic.alive(handle),
      late: () => this.traffic.takeBack(handle),
      orphaned: (connection) => this.traffic.orphaned(connection),
      gave: (connection) => this.traffic.gave(connection),
      load: (load, previous) => {
        this.story.receipts.answered(generation, load.requests - previous.requests);
        this.story.progressed(handle);
        if (load.promised !== previous.promised)
          this.loop.dispatch({ type: 'promised', worker: id, ms: load.promised });
        // Figures alone are published with the next sample: they change with every request.
        if (load.draining && load.busy === 0)
          this.loop.dispatch({ type: 'settled', worker: id, empty: load.open === 0 });
      },
      gone: (code, signal) => {
        const exit = this.exitOf(handle, code, signal);
        void this.farewell.ended(handle, this.spec).then((asked) => this.gone(handle, exit, asked));
      },
    });
    this.handles.set(id, handle);
    this.story.forked(handle, at);
    // One that could not be started at all has no exit either.
    this.starts.watch(child, id, (why) => {
      if (why === null) this.handles.delete(id);
      else this.gone(handle, this.exitOf(handle, null, why));
    });
  }

  /** New code that opens only some port, that of its health checks perhaps, cannot take over. */
  private noteListening(handle: WorkerHandle): void {
    if (handle.listening.length > 0 && this.traffic.missing(handle).length === 0)
      this.loop.dispatch({ type: 'listening', worker: handle.id });
  }

  private ageOf({ id }: WorkerHandle): number {
    const now = steady();
    return now - (this.loop.machine.workers.find((worker) => worker.id === id)?.startedAt ?? now);
  }

  private exitOf(handle: WorkerHandle, code: number | null, signal: string | null): Exit {
    return { at: Date.now(), uptime: this.ageOf(handle), code, signal };
  }

  private gone(handle: WorkerHandle, exit: Exit, asked = false): void {
    const { code, signal, uptime } = exit;
    if (!this.handles.delete(handle.id)) return;
    if (!asked) logEvent('worker died', { slot: handle.slot, generation: handle.generation, code, signal, uptime });
    this.story.gone(handle, exit, asked);
    const why = exitWords(code, signal);
    this.loop.dispatch({ type: 'exit', worker: handle.id, code, why, random: Math.random() });
    // What was missing may have been missing for its sake only.
    for (const other of this.handles.values()) if (!other.admitted) this.noteListening(other);
    this.traffic.handOut.advance();
  }

  private end(effect: Extract<Effect, { type: 'end' }>, at: number): void {
    const { machine } = this.loop;
    const candidate = this.handles.get(effect.refusal?.worker ?? 0);
    const missing = candidate ? this.traffic.missing(candidate) : [];
    const reason = effect.refusal && this.traffic.listeners.explain(effect.refusal.reason, missing);
    if (reason) logEvent('operation failed', { op: effect.op, reason });
    this.story.ended(effect, reason, at, this.handover.lines);
    this.handover.ends(effect.op, effect.refusal !== null);
    this.traffic.listeners.forgetFailure();
    const used = new Set([...machine.workers, ...machine.slots].map(({ generation }) => generation));
    this.adopt(this.releases.settle(effect.op, machine.generation, used));
    // A stop that ends other operations comes here with workers that still finish their requests.
    if (!machine.up && machine.workers.length === 0) void this.handover.gone.then(this.stopped);
  }

  private adopt(spec: AppSpec): void {
    this.spec = spec;
    this.output.move(spec);
    this.traffic.handOut.sticky = spec.sticky === 'ip';
  }

  /** Nothing serves here any more, and nothing will by itself. */
  private get isDown(): boolean {
    const { up, slots } = this.loop.machine;
    return !up || slots.every(({ givenUp }) => givenUp !== null);
  }
}

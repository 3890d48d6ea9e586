// The master's heart: the machine decides, this carries it out. One queue: event -> step -> effects -> publish.
import type { ChildProcess } from 'node:child_process';
import { steady } from '../os/clock.ts';
import { logEvent } from '../os/log.ts';
import { Trouble } from '../os/trouble.ts';
import { messageOf } from '../protocol/errors.ts';
import { exitWords } from '../protocol/format.ts';
import type { ControlRequest, MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec } from '../protocol/model.ts';
import { NO_LOAD } from '../protocol/worker-link.ts';
import { controllable } from '../rollout/control.ts';
import { policyOf } from '../rollout/policy.ts';
import type { Effect, Operation } from '../rollout/types.ts';
import { Handover, type HandoverSurroundings } from './handover.ts';
import { Loop } from './loop.ts';
import { noRoom } from './no-room.ts';
import { type OpenSink, Output } from './output.ts';
import { Releases } from './releases.ts';
import { Story } from './story.ts';
import { askToStop, signalWorker, type SpawnOptions, spawnWorker } from './spawn.ts';
import { Traffic } from './traffic.ts';
import { WorkerHandle } from './worker-handle.ts';

/** Unused places and waiting connections are looked after this often (ms). */
const HOUSEKEEPING = 1_000;

export interface AppOptions extends SpawnOptions {
  /** Whether idle connections can move on this node. */
  readonly canMove: Promise<boolean>;
  /** Where output goes; to the files of the description when it is left out. */
  readonly open?: OpenSink;
  readonly handover: HandoverSurroundings;
}

export class App {
  readonly handles = new Map<number, WorkerHandle>();
  readonly traffic: Traffic;
  readonly story: Story;
  readonly loop: Loop;
  readonly output: Output;
  spec: AppSpec;
  /** A worker has come online; called after the story was told. */
  admitted: (handle: WorkerHandle) => void = () => undefined;
  /** A worker sent a text. */
  heard: (text: string) => void = () => undefined;
  readonly handover: Handover;
  private readonly spawning: SpawnOptions;
  /** What was asked for and has not begun, by name. */
  private readonly waiting = new Map<string, MasterOperation>();
  private readonly stopped: () => void;
  private readonly releases: Releases;
  private readonly trouble = new Trouble('starting a worker');

  constructor(
    spec: AppSpec,
    { canMove, open, handover, ...spawning }: AppOptions,
    changed: () => void,
    stopped: () => void,
  ) {
    this.spec = spec;
    this.spawning = spawning;
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
    this.stopped = stopped;
    this.releases = new Releases(spec);
    this.output = new Output(spec, open);
    setInterval(() => this.traffic.keepHouse(this.spec.holdTimeout), HOUSEKEEPING).unref();
  }

  /** Takes an operation up; answers with the number of instances that it asks for. */
  operate(operation: MasterOperation): number {
    const { op, kind, spec, scale, slot, patient, by } = operation;
    this.waiting.set(op, operation);
    const asked = scale?.mode === 'add' ? this.loop.machine.instances + scale.count : scale?.count;
    const instances = asked === undefined ? (spec?.instances ?? null) : Math.max(1, asked);
    this.story.operations.queued({ op, kind, by }, Date.now());
    if (spec) this.releases.ask(op, spec);
    this.loop.dispatch({
      type: 'command',
      request: { op, kind, instances, slot, policy: spec && policyOf(spec), patient },
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
        if (handle) this.treat(handle, effect, at);
      }
    }
  }

  private begin(operation: Operation, at: number): void {
    const { op, kind } = operation.request;
    if (kind === 'handover') this.handover.begin(op, this.waiting.get(op)?.heir ?? null);
    this.waiting.delete(op);
    this.adopt(this.releases.begin(op, operation.to));
    this.story.began(operation, at);
  }

  /** Carries out an effect about a worker that is there. */
  private treat(
    handle: WorkerHandle,
    effect: Extract<Effect, { type: 'admit' | 'drain' | 'signal' | 'kill' }>,
    at: number,
  ): void {
    switch (effect.type) {
      case 'admit': {
        handle.admitted = true;
        this.story.admitted(handle, this.ageOf(handle), at);
        this.traffic.opened(handle);
        return this.admitted(handle);
      }
      case 'drain':
        this.traffic.closed(handle);
        this.story.dismissed(handle, at);
        return this.drain(handle, effect);
      case 'signal':
        this.story.stopping(handle);
        return askToStop(handle.child, this.releases.of(handle.generation), this.stopSignal(handle));
      case 'kill':
        this.story.killed(handle, at);
        return signalWorker(handle.child, handle.mode, 'SIGKILL');
    }
  }

  /** One that has not told anything yet has not told that it listens for anything either. */
  private stopSignal({ load }: WorkerHandle): NodeJS.Signals {
    return load === NO_LOAD && this.spawning.inForeground ? 'SIGTERM' : load.signal;
  }

  private drain(handle: WorkerHandle, { parting, within }: Extract<Effect, { type: 'drain' }>): void {
    // What a fork-mode app has open is its own business; nobody can tell when it is done.
    if (handle.mode === 'fork') return this.loop.dispatch({ type: 'settled', worker: handle.id, empty: true });
    const leisure = parting === 'hand-over';
    const finish = parting === 'finish';
    handle.tell({ act: 'drain', move: !finish, within: leisure ? within : 0, status: finish ? 1001 : 1012 });
  }

  private fork(effect: Extract<Effect, { type: 'fork' }>, at: number): void {
    const { worker: id, slot, generation } = effect;
    const spec = this.releases.of(generation);
    const child = this.spawn(spec, slot, generation, id);
    if (!child) return;
    const identity = { id, slot, generation, mode: spec.execMode };
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
      gone: (code, signal) => this.gone(handle, code, signal),
    });
    this.handles.set(id, handle);
    this.story.forked(handle, at);
    if (child.pid !== undefined) return this.trouble.over();
    // A process that could not be started at all has no exit either.
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (noRoom(error) === null) return this.gone(handle, null, error.code ?? error.message);
      this.handles.delete(id);
      this.unstarted(id, error);
    });
  }

  /** New code that opens only some port, that of its health checks perhaps, cannot take over. */
  private noteListening(handle: WorkerHandle): void {
    if (handle.listening.length > 0 && this.traffic.missing(handle).length === 0)
      this.loop.dispatch({ type: 'listening', worker: handle.id });
  }

  /** Some failures are thrown at once (a cwd that is gone, an environment that is too large), others are events. */
  private spawn(spec: AppSpec, slot: number, generation: number, id: number): ChildProcess | null {
    try {
      return spawnWorker(spec, slot, generation, this.spawning);
    } catch (error) {
      if (noRoom(error) !== null) return this.unstarted(id, error);
      const why = `not being started at all: ${messageOf(error)}`;
      this.loop.dispatch({ type: 'exit', worker: id, why, random: Math.random() });
      return null;
    }
  }

  private unstarted(worker: number, error: unknown): null {
    this.trouble.met(error);
    this.loop.dispatch({ type: 'unstarted', worker, why: noRoom(error)! });
    return null;
  }

  private ageOf({ id }: WorkerHandle): number {
    const now = steady();
    return now - (this.loop.machine.workers.find((worker) => worker.id === id)?.startedAt ?? now);
  }

  private gone(handle: WorkerHandle, code: number | null, signal: string | null): void {
    if (!this.handles.delete(handle.id)) return;
    this.traffic.closed(handle);
    const at = Date.now();
    const worker = this.loop.machine.workers.find(({ id }) => id === handle.id);
    const uptime = this.ageOf(handle);
    const asked = worker?.stage === 'stopping' || worker?.stage === 'draining';
    if (!asked) logEvent('worker died', { slot: handle.slot, generation: handle.generation, code, signal, uptime });
    this.story.gone(handle, { at, code, signal, uptime }, asked);
    this.loop.dispatch({ type: 'exit', worker: handle.id, why: exitWords(code, signal), random: Math.random() });
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
    this.waiting.delete(effect.op);
    this.story.ended(effect, reason, at, this.handover.lines);
    this.handover.end(effect.op, effect.refusal !== null, [...this.waiting.values()]);
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

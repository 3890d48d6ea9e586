// The master's heart: the machine decides, this carries it out. One queue: event -> step -> effects -> publish.
import { steady } from '../os/clock.ts';
import { logEvent } from '../os/log.ts';
import { memoryRoom } from '../os/memory-room.ts';
import { exitWords } from '../protocol/format.ts';
import type { ControlRequest, MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec, ExitRecord } from '../protocol/model.ts';
import { controllable } from '../rollout/control.ts';
import { policyOf } from '../rollout/policy.ts';
import type { Effect, Operation } from '../rollout/types.ts';
import { Admission } from './admission.ts';
import { CanaryWatch } from './canary-watch.ts';
import { Farewell } from './farewell.ts';
import { Loop } from './loop.ts';
import { type OpenSink, Output } from './output.ts';
import { ownOperation, replaceFaulty, watchHealth } from './own-operation.ts';
import type { HealthWatch } from './health-watch.ts';
import { Resumption } from './adoption/resumption.ts';
import { newWorker } from './workers/new-worker.ts';
import type { ReleaseFile } from './release-file.ts';
import { Releases } from './releases.ts';
import { roomFor } from './room.ts';
import { lackingOf, listensEverywhere } from './required-places.ts';
import { Story } from './story.ts';
import type { SpawnOptions } from './workers/spawn.ts';
import { Starts } from './workers/starts.ts';
import type { SocketKeeper } from './listeners.ts';
import { Traffic } from './traffic.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

/** Unused places and waiting connections are looked after this often (ms). */
const HOUSEKEEPING = 1_000;

export interface AppOptions extends SpawnOptions {
  /** Whether idle connections can move on this node. */
  readonly canMove: Promise<boolean>;
  /** Where output goes; to the files of the description when it is left out. */
  readonly open?: OpenSink;
  /** This master's number: higher than that of every master before. */
  readonly epoch: number;
  /** Has copies of its sockets elsewhere; nobody has when it is left out. */
  readonly keeper?: SocketKeeper;
  /** Where releases are noted; nowhere when it is left out. */
  readonly releaseFile?: ReleaseFile | undefined;
  /** Memory (bytes) that each worker has by now. */
  readonly memory?: () => readonly number[];
}

/** After it has disconnected, a worker may end by itself within this time (ms). */
const LEAVE_GRACE = 250;

type Exit = Pick<ExitRecord, 'at' | 'uptime' | 'code' | 'signal'>;

export class App {
  readonly handles = new Map<number, WorkerHandle>();
  readonly traffic: Traffic;
  readonly story: Story;
  readonly loop: Loop;
  readonly output: Output;
  readonly farewell: Farewell;
  readonly canary: CanaryWatch;
  readonly health: HealthWatch;
  spec: AppSpec;
  /** A worker has come online; called after the story was told. */
  admitted: (handle: WorkerHandle) => void = () => undefined;
  /** A worker sent a text. */
  heard: (text: string) => void = () => undefined;
  private readonly stopped: () => void;
  readonly releases: Releases;
  readonly resumption: Resumption;
  private readonly starts: Starts;
  private readonly admission: Admission;
  private readonly memory: () => readonly number[];

  constructor(
    spec: AppSpec,
    { canMove, open, epoch, keeper, releaseFile, memory = () => [], ...spawning }: AppOptions,
    changed: () => void,
    stopped: () => void,
  ) {
    this.spec = spec;
    this.traffic = new Traffic(this.handles, canMove, spawning.socket !== null, keeper);
    this.story = new Story(this.traffic.handOut, this.handles);
    this.loop = new Loop(
      policyOf(spec),
      spec.instances,
      (effect, at) => this.carryOut(effect, at),
      () => {
        if (this.isDown) this.traffic.close();
        this.traffic.heard(null);
        this.story.follow(this.loop.machine.operation);
        this.canary.follow();
        this.traffic.settleSpares();
        changed();
      },
    );
    this.starts = new Starts(this.loop, spawning);
    this.farewell = new Farewell(this.loop, this.traffic, this.story, spawning.inForeground);
    this.stopped = stopped;
    this.releases = new Releases(spec, releaseFile);
    this.canary = new CanaryWatch(this.traffic.handOut, this.handles, this.loop);
    this.health = watchHealth(this);
    this.memory = memory;
    this.admission = new Admission(this.traffic, this.story, this.health, this.farewell, (handle) =>
      this.ageOf(handle),
    );
    this.resumption = new Resumption(this, this.admission, epoch);
    this.output = new Output(spec, open);
    setInterval(() => this.traffic.keepHouse(this.spec), HOUSEKEEPING).unref();
  }

  /** Takes an operation up; answers with the number of instances that it asks for. */
  operate(operation: MasterOperation): number {
    const { op, kind, spec, scale, slot, patient, by } = operation;
    const asked = scale?.mode === 'add' ? this.loop.machine.instances + scale.count : scale?.count;
    const instances = asked === undefined ? (spec?.instances ?? null) : Math.max(1, asked);
    this.story.operations.queued({ op, kind, by }, Date.now());
    // A newer reload takes the place of those that wait, and of what they brought.
    const waiting = kind === 'reload' ? this.loop.machine.queue.map((one) => one.op) : [];
    const newest = spec ?? this.releases.askedWith(waiting);
    if (newest) this.releases.ask(op, newest);
    if (patient && spec) this.loop.inherit(this.releases.recall(spec));
    const room = roomFor(this.memory(), memoryRoom());
    this.loop.dispatch({
      type: 'command',
      request: { op, kind, instances, slot, policy: spec && policyOf(spec), room, patient },
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

  private carryOut(effect: Effect, at: number): void {
    switch (effect.type) {
      case 'begin':
        return this.begin(effect.operation, at);
      case 'end':
        return this.end(effect, at);
      case 'fork':
        return newWorker(this, this.starts, effect, at);
      case 'switch':
        return this.traffic.freeze();
      case 'alarm':
        return ownOperation(this, 'rollback', `zdm (${effect.reason})`);
      case 'standby':
      case 'admit':
      case 'readmit':
      case 'drain':
      case 'signal':
      case 'kill': {
        const handle = this.handles.get(effect.worker);
        if (handle && effect.type === 'signal') handle.lacking = lackingOf(this, handle);
        if (handle) this.admission.carryOut(handle, effect, this.spec, at);
        if (handle && effect.type === 'admit') this.admitted(handle);
      }
    }
  }

  private begin(operation: Operation, at: number): void {
    const { op } = operation.request;
    // A rehearsal changes nothing of the app.
    const spec = this.releases.begin(op, operation.to);
    if (operation.request.kind !== 'rehearse') this.adopt(spec);
    this.story.began(operation, at);
  }

  /** It listens somewhere, or less is asked of it than before. */
  noteListening(handle: WorkerHandle): void {
    if (listensEverywhere(this, handle)) this.loop.dispatch({ type: 'listening', worker: handle.id });
  }

  /** The app has ended its channel: it means to serve no longer. One that ends with that is no news. */
  left(handle: WorkerHandle): void {
    setTimeout(() => {
      if (this.handles.has(handle.id)) replaceFaulty(this, handle, 'it has disconnected from its master');
    }, LEAVE_GRACE).unref();
  }

  private ageOf({ id }: WorkerHandle): number {
    const now = steady();
    return now - (this.loop.machine.workers.find((worker) => worker.id === id)?.startedAt ?? now);
  }

  /** Its process has ended. */
  ended(handle: WorkerHandle, code: number | null, signal: string | null): void {
    const exit = this.exitOf(handle, code, signal);
    this.traffic.heard(handle);
    this.health.gone(handle);
    this.canary.ended(handle);
    this.resumption.ended(handle);
    void this.farewell.ended(handle, this.spec).then((asked) => this.gone(handle, exit, asked));
  }

  /** Its process has never been one. */
  neverStarted(handle: WorkerHandle, why: string): void {
    this.gone(handle, this.exitOf(handle, null, why));
  }

  private exitOf(handle: WorkerHandle, code: number | null, signal: string | null): Exit {
    return { at: Date.now(), uptime: this.ageOf(handle), code, signal };
  }

  private gone(handle: WorkerHandle, exit: Exit, asked = false): void {
    const { code, signal, uptime } = exit;
    if (this.handles.get(handle.id) !== handle) return;
    this.handles.delete(handle.id);
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
    const id = effect.refusal?.worker ?? 0;
    const candidate = this.handles.get(id);
    // Where slots had to go back first, it was stopped meanwhile.
    const lacking = candidate ? (candidate.lacking ?? lackingOf(this, candidate)) : this.story.lackingOf(id);
    const reason = effect.refusal && this.traffic.listeners.explain(effect.refusal.reason, lacking);
    if (reason) logEvent('operation failed', { op: effect.op, reason });
    this.story.ended(effect, reason, at);
    this.traffic.listeners.forgetFailure();
    const used = [...machine.workers, ...machine.slots].map(({ generation }) => generation);
    const previous = machine.previous?.generation ?? machine.generation;
    this.adopt(this.releases.settle(effect.op, machine.generation, new Set([...used, previous])));
    if (machine.up) this.releases.note(machine.generation, machine.previous?.generation);
    // A stop that ends other operations comes here with workers that still finish their requests.
    if (!machine.up && machine.workers.length === 0) this.stopped();
  }

  /** What holds for the app from now on. */
  adopt(spec: AppSpec): void {
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

// The master's heart: the machine decides, this carries it out. One queue: event -> step -> effects -> publish.
import { steady } from '../os/clock.ts';
import { logEvent } from '../os/log.ts';
import { memoryRoom } from '../os/memory-room.ts';
import { exitWords } from '../protocol/format.ts';
import type { ControlRequest, MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec, ExitRecord } from '../protocol/model.ts';
import { controllable } from '../rollout/control.ts';
import { roomFor } from '../rollout/fit.ts';
import { policyOf } from '../rollout/policy.ts';
import type { Effect, Operation } from '../rollout/types.ts';
import { Farewell } from './farewell.ts';
import { Handover, type HandoverSurroundings } from './handover.ts';
import { Loop } from './loop.ts';
import { type OpenSink, Output } from './output.ts';
import { ownOperation } from './own-operation.ts';
import { hearing } from './hearing.ts';
import { launchSpec, whyGone } from './release.ts';
import type { ReleaseFile } from './release-file.ts';
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
  /** Where releases are noted; nowhere when it is left out. */
  readonly releaseFile?: ReleaseFile | undefined;
  /** Memory (bytes) that each worker has by now. */
  readonly memory?: () => readonly number[];
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
  readonly releases: Releases;
  private readonly starts: Starts;
  private readonly releaseFile: ReleaseFile | undefined;
  private readonly memory: () => readonly number[];

  constructor(
    spec: AppSpec,
    { canMove, open, handover, releaseFile, memory = () => [], ...spawning }: AppOptions,
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
        this.traffic.heard(null);
        this.story.follow(this.loop.machine.operation);
        this.divide();
        this.handover.look();
        changed();
      },
    );
    this.handover = new Handover(this, handover);
    this.starts = new Starts(this.loop, spawning);
    this.farewell = new Farewell(this.loop, this.traffic, this.story, spawning.inForeground);
    this.stopped = stopped;
    this.releases = new Releases(spec);
    this.releaseFile = releaseFile;
    this.memory = memory;
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
    // A newer reload takes the place of those that wait, and of what they brought.
    const waiting = kind === 'reload' ? this.loop.machine.queue.map((one) => one.op) : [];
    const newest = spec ?? this.releases.askedWith(waiting);
    if (newest) this.releases.ask(op, newest);
    if (patient && spec) this.recall(spec);
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
      case 'switch':
        return this.traffic.freeze();
      case 'alarm':
        return ownOperation(this, 'rollback', `zdm (${effect.reason})`);
      default: {
        const handle = this.handles.get(effect.worker);
        if (handle) this.carryOutOn(handle, effect, at);
      }
    }
  }

  private carryOutOn(
    handle: WorkerHandle,
    effect: Extract<Effect, { type: 'standby' | 'admit' | 'readmit' | 'drain' | 'signal' | 'kill' }>,
    at: number,
  ): void {
    switch (effect.type) {
      case 'standby':
        return this.story.waits(handle, this.ageOf(handle), at);
      case 'admit':
        handle.admitted = true;
        this.story.admitted(handle, this.ageOf(handle), at);
        this.traffic.opened(handle);
        return this.admitted(handle);
      case 'readmit':
        handle.admitted = true;
        handle.tell({ act: 'resume' });
        this.story.readmitted(handle, at);
        return this.traffic.opened(handle);
      case 'drain':
      case 'signal':
      case 'kill':
        return this.farewell.carryOut(handle, effect, this.spec, at);
    }
  }

  private begin(operation: Operation, at: number): void {
    const { op } = operation.request;
    this.handover.begins(op);
    // A rehearsal changes nothing of the app.
    const spec = this.releases.begin(op, operation.to);
    if (operation.request.kind !== 'rehearse') this.adopt(spec);
    this.traffic.handOut.preferred = operation.to;
    this.story.began(operation, at);
  }

  /** A part of the connections goes to new code that is tried out. */
  private divide(): void {
    const { operation } = this.loop.machine;
    const { canary, returning } = operation ?? {};
    const isTried = canary && canary.verdict !== 'pass' && !returning;
    if (operation?.returning) this.traffic.handOut.preferred = operation.from;
    this.traffic.handOut.divide(isTried ? { generation: operation!.to, percent: canary.percent } : null);
  }

  /** What is started now has run before: its code may be gone. */
  private isWayBack(generation: number): boolean {
    const { operation } = this.loop.machine;
    if (!operation || operation.from === operation.to) return false;
    return operation.returning ? generation !== operation.to : operation.request.kind === 'rollback';
  }

  /** After the death of a master: goes on with the release that it had, and the one before. */
  private recall(spec: AppSpec): void {
    const kept = this.releaseFile?.read();
    if (!kept || !isSame(kept.current.spec, spec)) return;
    const { loop, releases } = this;
    const number = kept.previous ? 2 : 1;
    releases.put({ ...kept.current, generation: number });
    loop.inherit({ lastGeneration: number - 1, generation: number - 1 });
    if (!kept.previous) return;
    releases.put({ ...kept.previous, generation: 1 });
    loop.inherit({ previous: { generation: 1, policy: policyOf(kept.previous.spec) } });
  }

  private fork(effect: Extract<Effect, { type: 'fork' }>, at: number): void {
    const { worker: id, slot, generation } = effect;
    const release = this.releases.of(generation);
    const gone = this.isWayBack(generation) ? whyGone(release) : null;
    if (gone !== null) return this.loop.dispatch({ type: 'missing', worker: id, why: gone });
    const spec = launchSpec(release);
    const mark = `${spec.name}.${process.pid}.${id}`;
    const rehearsal = this.loop.machine.operation?.request.kind === 'rehearse';
    const child = this.starts.begin(spec, { slot, generation, mark, rehearsal }, id);
    if (!child) return;
    const identity = { id, slot, generation, mode: spec.execMode, tree: new WorkerTree(child, mark, spec) };
    const output = this.output.capture(child, slot, generation);
    const handle: WorkerHandle = new WorkerHandle(identity, child, output, hearing(this, id, generation, () => handle));
    this.handles.set(id, handle);
    this.story.forked(handle, at);
    // One that could not be started at all has no exit either.
    this.starts.watch(child, id, (why) => {
      if (why === null) this.handles.delete(id);
      else this.gone(handle, this.exitOf(handle, null, why));
    });
  }

  /** New code that opens only some port, that of its health checks perhaps, cannot take over. */
  noteListening(handle: WorkerHandle): void {
    if (handle.listening.length > 0 && this.traffic.missing(handle).length === 0)
      this.loop.dispatch({ type: 'listening', worker: handle.id });
  }

  private ageOf({ id }: WorkerHandle): number {
    const now = steady();
    return now - (this.loop.machine.workers.find((worker) => worker.id === id)?.startedAt ?? now);
  }

  /** Its process has ended. */
  ended(handle: WorkerHandle, code: number | null, signal: string | null): void {
    const exit = this.exitOf(handle, code, signal);
    this.traffic.heard(handle);
    void this.farewell.ended(handle, this.spec).then((asked) => this.gone(handle, exit, asked));
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
    const used = [...machine.workers, ...machine.slots].map(({ generation }) => generation);
    const previous = machine.previous?.generation ?? machine.generation;
    this.adopt(this.releases.settle(effect.op, machine.generation, new Set([...used, previous])));
    this.note();
    // A stop that ends other operations comes here with workers that still finish their requests.
    if (!machine.up && machine.workers.length === 0) void this.handover.gone.then(this.stopped);
  }

  /** What runs, and what ran before, as somebody will want to know who comes after this process. */
  private note(): void {
    const { up, generation, previous } = this.loop.machine;
    const current = this.releases.find(generation);
    if (up && current) this.releaseFile?.write({ current, previous: this.releases.find(previous?.generation) });
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

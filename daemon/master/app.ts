// The master's heart: the machine decides, this carries it out. One queue: event -> step -> effects -> publish.
import type { ChildProcess } from 'node:child_process';
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';
import { exitWords } from '../protocol/format.ts';
import type { MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec } from '../protocol/model.ts';
import { policyOf } from '../rollout/policy.ts';
import type { ListenRequest } from '../protocol/worker-link.ts';
import type { Effect } from '../rollout/types.ts';
import { HandOut } from './hand-out.ts';
import { Listeners } from './listeners.ts';
import { Loop } from './loop.ts';
import { Output } from './output.ts';
import { Releases } from './releases.ts';
import { Story } from './story.ts';
import { askToStop, signalWorker, spawnWorker } from './spawn.ts';
import { WorkerHandle } from './worker-handle.ts';

/** Unused places and waiting connections are looked after this often (ms). */
const HOUSEKEEPING = 1_000;

export class App {
  readonly handles = new Map<number, WorkerHandle>();
  readonly handOut = new HandOut(() => this.handles.values());
  readonly listeners = new Listeners((key, handle) =>
    this.handOut.route({ handle, key, moved: false, waitingSince: null, refusals: 0 }),
  );
  readonly story = new Story(this.handOut, this.handles);
  readonly loop: Loop;
  spec: AppSpec;
  private readonly preload: string;
  private readonly stopped: () => void;
  private readonly canMove: Promise<boolean>;
  private readonly releases: Releases;
  private readonly output: Output;

  constructor(spec: AppSpec, preload: string, canMove: Promise<boolean>, changed: () => void, stopped: () => void) {
    this.spec = spec;
    this.preload = preload;
    this.canMove = canMove;
    this.loop = new Loop(
      policyOf(spec),
      spec.instances,
      (effect, at) => this.carryOut(effect, at),
      () => {
        if (this.isDown) this.closeDoors();
        changed();
      },
    );
    this.stopped = stopped;
    this.releases = new Releases(spec);
    this.output = new Output(spec);
    setInterval(() => this.keepHouse(), HOUSEKEEPING).unref();
  }

  /** Takes an operation up; answers with the number of instances that it asks for. */
  operate({ op, kind, spec, scale, patient }: MasterOperation): number {
    const asked = scale?.mode === 'add' ? this.loop.machine.instances + scale.count : scale?.count;
    const instances = asked === undefined ? (spec?.instances ?? null) : Math.max(1, asked);
    this.story.operations.queued(op, kind, Date.now());
    if (spec) this.releases.ask(op, spec);
    this.loop.dispatch({ type: 'command', request: { op, kind, instances, policy: spec && policyOf(spec), patient } });
    return instances ?? this.loop.machine.instances;
  }

  /** Resolves when everything that was printed is in the log files. */
  closeLogs(): Promise<unknown> {
    return this.output.close();
  }

  private carryOut(effect: Effect, at: number): void {
    switch (effect.type) {
      case 'begin':
        this.adopt(this.releases.begin(effect.operation.request.op, effect.operation.to));
        return this.story.began(effect.operation, at);
      case 'end':
        return this.end(effect, at);
      case 'fork':
        return this.fork(effect, at);
      case 'admit':
      case 'drain':
      case 'signal':
      case 'kill': {
        const handle = this.handles.get(effect.worker);
        if (handle) this.treat(handle, effect, at);
      }
    }
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
        const worker = this.loop.machine.workers.find(({ id }) => id === handle.id);
        this.story.admitted(handle, at - (worker?.startedAt ?? at), at);
        return this.handOut.advance();
      }
      case 'drain':
        handle.admitted = false;
        this.story.dismissed(handle, at);
        return this.drain(handle, effect);
      case 'signal':
        this.story.stopping(handle);
        return askToStop(handle.child, this.releases.of(handle.generation), handle.load.signal);
      case 'kill':
        this.story.killed(handle, at);
        return signalWorker(handle.child, handle.mode, 'SIGKILL');
    }
  }

  private drain(handle: WorkerHandle, { parting, within }: Extract<Effect, { type: 'drain' }>): void {
    // What a fork-mode app has open is its own business; nobody can tell when it is done.
    if (handle.mode === 'fork') return this.loop.dispatch({ type: 'settled', worker: handle.id, empty: true });
    const leisure = parting === 'hand-over';
    const finish = parting === 'finish';
    handle.tell({ act: 'drain', move: !finish, within: leisure ? within : 0, status: finish ? 1001 : 1012 });
  }

  private async listen(handle: WorkerHandle, request: ListenRequest): Promise<void> {
    const { socketMode, move } = this.releases.of(handle.generation);
    const [answer, can] = await Promise.all([this.listeners.answer(request, socketMode), this.canMove]);
    handle.tell({ act: 'listened', ...answer, move: can && move });
  }

  private fork(effect: Extract<Effect, { type: 'fork' }>, at: number): void {
    const { worker: id, slot, generation } = effect;
    const spec = this.releases.of(generation);
    const child = this.spawn(spec, slot, generation, id);
    if (!child) return;
    const identity = { id, slot, generation, mode: spec.execMode };
    const handle: WorkerHandle = new WorkerHandle(identity, child, this.output.capture(child), {
      listen: (request) => void this.listen(handle, request),
      listening: () => {
        this.loop.dispatch({ type: 'listening', worker: id });
        this.handOut.advance();
      },
      ready: () => this.loop.dispatch({ type: 'ready', worker: id }),
      answered: () => this.handOut.advance(),
      late: () => this.takeBack(handle),
      orphaned: (connection) => {
        this.handOut.totals.handedOver += 1;
        this.handOut.route(connection);
      },
      gave: (connection) => {
        if (connection.refusals > 0) this.handOut.totals.handedOver += 1;
        this.handOut.route(connection);
      },
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
    // A process that could not be started at all has no exit either.
    if (child.pid === undefined)
      child.once('error', (error: NodeJS.ErrnoException) => this.gone(handle, null, error.code ?? error.message));
  }

  /** A blocked worker keeps what it was sent when there is nobody else to give it to. */
  private takeBack(handle: WorkerHandle): void {
    if (![...this.handles.values()].some((other) => other !== handle && other.admitted)) return;
    for (const connection of handle.revoke()) {
      this.handOut.totals.handedOver += 1;
      this.handOut.route(connection);
    }
  }

  /** Some failures are thrown at once (a cwd that is gone, an environment that is too large), others are events. */
  private spawn(spec: AppSpec, slot: number, generation: number, id: number): ChildProcess | null {
    try {
      return spawnWorker(spec, slot, generation, this.preload);
    } catch (error) {
      const why = `not being started at all: ${messageOf(error)}`;
      this.loop.dispatch({ type: 'exit', worker: id, why, random: Math.random() });
      return null;
    }
  }

  private gone(handle: WorkerHandle, code: number | null, signal: string | null): void {
    if (!this.handles.delete(handle.id)) return;
    const at = Date.now();
    const worker = this.loop.machine.workers.find(({ id }) => id === handle.id);
    const uptime = at - (worker?.startedAt ?? at);
    const asked = worker?.stage === 'stopping' || worker?.stage === 'draining';
    if (!asked) logEvent('worker died', { slot: handle.slot, generation: handle.generation, code, signal, uptime });
    this.story.gone(handle, { at, code, signal, uptime }, asked);
    this.loop.dispatch({ type: 'exit', worker: handle.id, why: exitWords(code, signal), random: Math.random() });
    this.handOut.advance();
  }

  private end(effect: Extract<Effect, { type: 'end' }>, at: number): void {
    const { machine } = this.loop;
    const reason = effect.refusal && this.listeners.explain(effect.refusal.reason);
    if (reason) logEvent('operation failed', { op: effect.op, reason });
    this.story.ended(effect, reason, at);
    this.listeners.forgetFailure();
    const used = new Set([...machine.workers, ...machine.slots].map(({ generation }) => generation));
    this.adopt(this.releases.settle(effect.op, machine.generation, used));
    // A stop that ends other operations comes here with workers that still finish their requests.
    if (!machine.up && machine.workers.length === 0) this.stopped();
  }

  private adopt(spec: AppSpec): void {
    this.spec = spec;
    this.output.move(spec);
    this.handOut.sticky = spec.sticky === 'ip';
  }

  /** Nothing serves here any more, and nothing will by itself. */
  private get isDown(): boolean {
    const { up, slots } = this.loop.machine;
    return !up || slots.every(({ givenUp }) => givenUp !== null);
  }

  private keepHouse(): void {
    const now = Date.now();
    this.handOut.expire(now, this.spec.holdTimeout);
    if (![...this.handles.values()].some(({ admitted }) => admitted)) return;
    this.listeners.prune(
      (key) => [...this.handles.values()].some((handle) => handle.wants(key)),
      now,
      this.spec.holdTimeout,
    );
  }

  private closeDoors(): void {
    this.listeners.closeAll();
    this.handOut.expire(Date.now(), 0);
  }
}

// The master's heart: the machine decides, this carries it out. One queue: event -> step -> effects -> publish.
import { logEvent } from '../os/log.ts';
import { exitWords } from '../protocol/format.ts';
import type { MasterOperation } from '../protocol/master-contract.ts';
import type { AppSpec, ExitRecord } from '../protocol/model.ts';
import { policyOf } from '../rollout/policy.ts';
import type { Effect, Operation, Refusal } from '../rollout/types.ts';
import { HandOut } from './hand-out.ts';
import { explainBind, Listeners, type BindFailure } from './listeners.ts';
import { Loop } from './loop.ts';
import { Operations } from './operations.ts';
import { Output } from './output.ts';
import { ReceiptBook } from './receipts.ts';
import { Releases } from './releases.ts';
import { signalWorker, spawnWorker } from './spawn.ts';
import { WorkerHandle } from './worker-handle.ts';

/** Unused places and waiting connections are looked after this often (ms). */
const HOUSEKEEPING = 1_000;

export class App {
  readonly handles = new Map<number, WorkerHandle>();
  readonly operations = new Operations();
  readonly handOut = new HandOut(() => this.handles.values());
  readonly listeners = new Listeners((key, handle) =>
    this.handOut.route({ handle, key, moved: false, waitingSince: null, refusals: 0 }),
  );
  readonly loop: Loop;
  spec: AppSpec;
  lastExit: ExitRecord | null = null;
  private readonly preload: string;
  private readonly stopped: () => void;
  private readonly canMove: Promise<boolean>;
  private readonly receipts = new ReceiptBook(this.handOut);
  private readonly releases: Releases;
  private readonly output: Output;
  /** Of the present operation. */
  private bindFailure: BindFailure | null = null;
  /** The operation whose effects are being carried out. */
  private running: string | undefined;

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
    this.operations.queued(op, kind, Date.now());
    if (spec) this.releases.ask(op, spec);
    this.loop.dispatch({ type: 'command', request: { op, kind, instances, policy: spec && policyOf(spec), patient } });
    return instances ?? this.loop.machine.instances;
  }

  /** Resolves when everything that was printed is in the log files. */
  closeLogs(): Promise<unknown> {
    return this.output.close();
  }

  private carryOut(effect: Effect, at: number): void {
    const op = this.running;
    switch (effect.type) {
      case 'begin':
        return this.begin(effect.operation, at);
      case 'fork':
        return this.fork(effect, op, at);
      case 'admit': {
        const handle = this.handles.get(effect.worker);
        if (!handle) return;
        handle.admitted = true;
        const worker = this.loop.machine.workers.find(({ id }) => id === effect.worker);
        const readyAfter = at - (worker?.startedAt ?? at);
        this.operations.slot(op, handle.slot, { phase: 'draining', readyAfter });
        this.operations.step(op, handle.slot, `ready after ${readyAfter}ms, pid ${handle.pid}`, at);
        return this.handOut.advance();
      }
      case 'drain': {
        const handle = this.handles.get(effect.worker);
        if (!handle) return;
        handle.admitted = false;
        this.operations.step(op, handle.slot, `old worker dismissed, pid ${handle.pid}, ${handle.open} open`, at);
        if (this.spec.execMode === 'fork') this.loop.dispatch({ type: 'settled', worker: handle.id, empty: true });
        else
          void this.canMove.then((can) =>
            handle.tell({ act: 'drain', move: can && this.spec.move && effect.parting !== 'finish' }),
          );
        return;
      }
      case 'signal': {
        const handle = this.handles.get(effect.worker);
        if (!handle) return;
        this.receipts.cut(handle.open);
        return signalWorker(handle.child, this.spec.execMode, handle.load.signal);
      }
      case 'kill': {
        const handle = this.handles.get(effect.worker);
        if (!handle) return;
        this.operations.step(op, handle.slot, `pid ${handle.pid} did not stop and was killed`, at);
        return signalWorker(handle.child, this.spec.execMode, 'SIGKILL');
      }
      case 'end':
        return this.end(effect.op, effect.refusal, effect.note, at);
    }
  }

  private begin(operation: Operation, at: number): void {
    const { op } = operation.request;
    this.running = op;
    this.adopt(this.releases.begin(op, operation.to));
    const serving = this.loop.machine.workers.filter(({ stage }) => stage === 'online');
    const pids = new Map(serving.map(({ id, slot }) => [slot, this.handles.get(id)?.pid ?? 0]));
    this.operations.began(operation, pids, at);
    this.receipts.open(op, operation.to, at);
  }

  private fork(effect: Extract<Effect, { type: 'fork' }>, op: string | undefined, at: number): void {
    const { worker: id, slot, generation } = effect;
    const child = spawnWorker(this.releases.of(generation), slot, generation, this.preload);
    const tail = this.output.capture(child);
    const handle: WorkerHandle = new WorkerHandle({ id, slot, generation }, child, tail, {
      listen: (request) => void this.listen(handle, request),
      listening: () => {
        this.loop.dispatch({ type: 'listening', worker: id });
        this.handOut.advance();
      },
      ready: () => this.loop.dispatch({ type: 'ready', worker: id }),
      answered: () => this.handOut.advance(),
      orphaned: (connection) => this.handOut.route(connection),
      gave: (connection) => {
        this.handOut.totals.moved += 1;
        this.handOut.route(connection);
      },
      load: (load, previous) => {
        this.receipts.answered(generation, load.requests - previous.requests);
        // Figures alone are published with the next sample: they change with every request.
        if (load.draining && load.busy === 0)
          this.loop.dispatch({ type: 'settled', worker: id, empty: load.open === 0 });
      },
      gone: (code, signal) => this.gone(handle, code, signal),
    });
    this.handles.set(id, handle);
    this.operations.slot(op, slot, { phase: 'starting', newPid: handle.pid });
    this.operations.step(op, slot, `starting generation ${generation}, pid ${handle.pid}`, at);
    // A process that could not be started at all has no exit either.
    if (child.pid === undefined)
      child.once('error', (error: NodeJS.ErrnoException) => this.gone(handle, null, error.code ?? error.message));
  }

  private async listen(handle: WorkerHandle, request: Parameters<Listeners['bind']>[0]): Promise<void> {
    const result = await this.listeners.bind(request);
    if ('failure' in result) {
      this.bindFailure = result.failure;
      logEvent('bind failed', { ...result.failure });
      return handle.tell({ act: 'listened', key: request.key, errno: result.errno, sockname: {}, shared: null });
    }
    handle.tell({ act: 'listened', key: request.key, errno: 0, sockname: result.sockname, shared: result.shared });
  }

  private gone(handle: WorkerHandle, code: number | null, signal: string | null): void {
    if (!this.handles.delete(handle.id)) return;
    const at = Date.now();
    const worker = this.loop.machine.workers.find(({ id }) => id === handle.id);
    const uptime = at - (worker?.startedAt ?? at);
    const asked = worker?.stage === 'stopping' || worker?.stage === 'draining';
    if (worker && !asked) {
      const { slot, pid, generation, tail } = handle;
      this.lastExit = { at, slot, pid, generation, code, signal, uptime, lines: tail.lines };
      logEvent('worker died', { slot, generation, code, signal, uptime });
    }
    this.receipts.lastLines(handle.id, handle.tail.lines);
    const op = this.running;
    const parted = handle.given > 0 ? `, ${handle.given} connections moved` : '';
    if (asked)
      this.operations.step(
        op,
        handle.slot,
        `old worker gone, pid ${handle.pid}${parted}, ${exitWords(code, signal)}`,
        at,
      );
    this.loop.dispatch({ type: 'exit', worker: handle.id, why: exitWords(code, signal), random: Math.random() });
    this.handOut.advance();
  }

  private end(op: string, refusal: Refusal | null, note: string | null, at: number): void {
    const { machine } = this.loop;
    if (this.running === op) this.running = undefined;
    const failure = refusal && {
      slot: refusal.slot,
      reason: this.bindFailure ? explainBind(this.bindFailure, refusal.reason) : refusal.reason,
      lines:
        refusal.worker === null
          ? []
          : (this.handles.get(refusal.worker)?.tail.lines ?? this.receipts.linesOf(refusal.worker)),
    };
    if (refusal) logEvent('operation failed', { op, reason: failure?.reason });
    const leaving = [...this.handles.values()].filter((handle) => !handle.admitted && handle.load.draining);
    const open = leaving.reduce((sum, handle) => sum + handle.open, 0);
    const slots = this.operations.list.find((one) => one.op === op)?.slots ?? [];
    const replaced = machine.slots.filter((slot) =>
      slots.some((one) => one.slot === slot.index && one.readyAfter !== null),
    ).length;
    const receipt = this.receipts.close(op, { at, open, slots: slots.length, replaced });
    this.operations.ended(op, { at, receipt, failure, note });
    const used = new Set([...machine.workers, ...machine.slots].map(({ generation }) => generation));
    this.adopt(this.releases.settle(op, machine.generation, used));
    this.bindFailure = null;
    // A stop that ends other operations comes here with workers that still finish their requests.
    if (!machine.up && machine.workers.length === 0) this.stopped();
  }

  private adopt(spec: AppSpec): void {
    this.spec = spec;
    this.output.move(spec);
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

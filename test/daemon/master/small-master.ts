// As much of a master as it takes to have real workers: it binds, accepts and hands out, and decides nothing.
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { Arrivals } from '../../../daemon/master/adoption/arrivals.ts';
import { SecondHolder } from '../../../daemon/master/adoption/second-holder.ts';
import { HandOut } from '../../../daemon/master/hand-out.ts';
import { KernelBalance } from '../../../daemon/master/kernel-balance.ts';
import { Listeners } from '../../../daemon/master/listeners.ts';
import { spawnWorker } from '../../../daemon/master/workers/spawn.ts';
import { Channel, type ChannelEvents } from '../../../daemon/channel/channel.ts';
import { nativePipe } from '../../../daemon/channel/pipes.ts';
import { startedProcess } from '../../../daemon/master/workers/process.ts';
import { WorkerHandle } from '../../../daemon/master/workers/worker-handle.ts';
import { WorkerTree } from '../../../daemon/master/workers/worker-tree.ts';
import type { AppSpec } from '../../../daemon/protocol/model.ts';
import type { FromWorker } from '../../../daemon/protocol/worker-link.ts';
import { LineTail } from '../../../daemon/logs/tail-buffer.ts';
import { until } from '../../helpers/until.ts';
import { PLAIN_ENVIRONMENT } from '../program.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

const PRELOAD = path.resolve(import.meta.dirname, '../../../daemon/worker/preload.ts');

export interface SmallMaster {
  readonly folder: string;
  readonly handOut: HandOut;
  readonly handles: Map<number, WorkerHandle>;
  /** What workers printed, so far. */
  readonly output: string;
  /** Starts a worker that runs this CommonJS program; it is not admitted. */
  fork(code: string, change?: Partial<AppSpec>): WorkerHandle;
  admit(handle: WorkerHandle): void;
  /** Nothing goes to it any more. */
  dismiss(handle: WorkerHandle): void;
  /** Whether only the worker of that slot accepts there (with `balance: kernel`). */
  isLeftAlone(key: string, slot: number): boolean;
  /** What apps have said to their master. */
  readonly said: readonly unknown[];
  /** Workers whose app has ended its channel. */
  readonly left: readonly number[];
  /** All channels end, as when it is killed. */
  leave(): void;
  /** It can be found again, where workers look for it that outlive it. */
  comeBack(): Promise<void>;
  /** The port of the first listener, and of all. */
  readonly port: number;
  readonly ports: readonly number[];
}

/** Ends with the test, its workers too. `outlived`: its workers do not end with their channels. */
export async function smallMaster(env: Record<string, string> = {}, outlived = false): Promise<SmallMaster> {
  const folder = tempFolder();
  const socket = path.join(folder, 'workers.sock');
  const preload = path.join(folder, 'preload.cjs');
  await build({
    entryPoints: [PRELOAD],
    outfile: preload,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  const handles = new Map<number, WorkerHandle>();
  const handOut = new HandOut(() => handles.values());
  const listeners = new Listeners((key, handle) =>
    handOut.route({ handle, key, moved: false, waitingSince: null, refusals: 0 }),
  );
  const kernel = new KernelBalance(listeners);
  let output = '';
  const said: unknown[] = [];
  const left: number[] = [];
  const channels = new Map<number, Channel>();
  let epoch = 1;
  const arrivals = new Arrivals(socket, {
    worker({ hello, take, refuse }) {
      const handle = handles.get(hello.identity.id);
      if (handle?.tree.mark !== hello.identity.mark || handle.isLinked) refuse();
      else {
        handle.attach((events) => hearing(handle.id, take(spying(events))));
        handle.tell({ act: 'welcome', epoch });
      }
      return true;
    },
    holder: new SecondHolder(),
    oldMaster: (channel) => channel.close(),
  });
  const hearing = (id: number, channel: Channel): Channel => {
    channels.set(id, channel);
    return channel;
  };
  const spying = (events: ChannelEvents): ChannelEvents => ({
    message(message, handle) {
      const { act, message: text } = message as Extract<FromWorker, { act: 'app' }>;
      if (act === 'app') said.push(text);
      events.message(message, handle);
    },
    ended: () => events.ended(),
  });
  onTestFinished(async () => {
    for (const { process } of handles.values()) process.kill('SIGKILL');
    await until(() => handles.size === 0);
    listeners.closeAll();
    arrivals.close();
  });
  const ports = (): number[] => listeners.places.map((place) => Number(/\d+$/.exec(place)?.[0]));
  let last = 0;
  return {
    folder,
    handOut,
    handles,
    said,
    left,
    leave() {
      for (const channel of channels.values()) channel.close();
    },
    comeBack() {
      epoch += 1;
      return arrivals.open();
    },
    get output() {
      return output;
    },
    isLeftAlone: (key, slot) => listeners.slotsAt(key)?.socketOf(slot)?.polled === false,
    get port() {
      return ports()[0]!;
    },
    get ports() {
      return ports();
    },
    fork(code, change = {}) {
      last += 1;
      const script = path.join(folder, `worker-${last}.cjs`);
      writeFileSync(script, code);
      const own = { ...(PLAIN_ENVIRONMENT as Record<string, string>), ...env };
      const spec = sampleSpec({ script, cwd: folder, args: [], env: own, treekill: false, ...change });
      const identity = {
        id: last,
        slot: last - 1,
        generation: last,
        mark: `test.${process.pid}.${last}`,
        rehearsal: false,
      };
      const child = spawnWorker(spec, identity, {
        preload: () => preload,
        inForeground: false,
        socket: outlived ? socket : null,
        fifos: null,
      });
      for (const stream of [child.stdout, child.stderr]) stream!.on('data', (text) => (output += String(text)));
      const started = startedProcess(child);
      const tree = new WorkerTree(started, identity.mark, spec);
      const handle: WorkerHandle = new WorkerHandle(
        {
          id: last,
          slot: identity.slot,
          generation: last,
          mode: 'cluster',
          tree,
          isPreloaded: true,
          output: null,
          spec,
        },
        started,
        new LineTail(),
        {
          hello: () => handle.tell({ act: 'welcome', epoch }),
          lent: (_, __, socket) => socket?.close(),
          left: () => void left.push(handle.id),
          unlinked: () => undefined,
          listen: (request) =>
            void listeners.answer(request, spec).then(({ socket, ...answer }) => {
              const message = { act: 'listened', ...answer, move: true } as const;
              if (socket) handle.giveSocket(message, socket);
              else handle.tell(message);
            }),
          listening: () => {
            kernel.offer(handle);
            handOut.advance();
          },
          ready: () => undefined,
          said: () => undefined,
          answered: () => handOut.advance(),
          returned: (key, socket) => kernel.returned(handle, key, socket),
          alive: () => kernel.alive(handle),
          late: () => handle.line.revoke().forEach((connection) => handOut.route(connection)),
          orphaned: (connection) => {
            handOut.totals.handedOver += 1;
            handOut.route(connection);
          },
          gave: (connection) => handOut.route(connection),
          load: () => undefined,
          gone: () => void handles.delete(handle.id),
        },
      );
      handle.attach((events) => hearing(handle.id, new Channel(nativePipe(child)!, spying(events))));
      handles.set(last, handle);
      return handle;
    },
    admit(handle) {
      handle.admitted = true;
      kernel.offer(handle);
      handOut.advance();
    },
    dismiss(handle) {
      handle.admitted = false;
      kernel.dismiss(handle);
    },
  };
}

/** Waits until it listens at `count` places; their keys. */
export async function listens(handle: WorkerHandle, count = 1): Promise<string[]> {
  await until(() => handle.listening.length >= count);
  return handle.listening;
}

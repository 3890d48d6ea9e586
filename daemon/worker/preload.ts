// RUNS INSIDE THE USER'S PROCESS, before its first line; started by the app's master with --require. One CommonJS file, no
// packages. Without a master (worker threads, plain node) it only takes its own name out of process.execArgv.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import {
  FOREGROUND,
  type Hello,
  IDENTITY_VARIABLE,
  type Identity,
  LINK_PROTOCOL,
  LINK_VARIABLE,
  monotonic,
  TAKE_WITHIN,
  type ToWorker,
} from '../protocol/worker-link.ts';
import type { ListenSocket, StreamHandle } from '../connections/internals.ts';
import { expireSilence } from './adopt.ts';
import { installAppChannel } from './channel/app-channel.ts';
import { takeOverCounting } from './channel/keep-alive.ts';
import { give, startLink, tell } from './channel/link.ts';
import { releaseOnExit } from './channel/release-on-exit.ts';
import { announceResume, startDrain } from './drain.ts';
import { createLoad } from './load.ts';
import { markWorker } from './marker.ts';
import { Pace } from './pace.ts';
import { PrivateConnections } from './private-connections.ts';
import { installSeam } from './seam.ts';
import type { Served } from './served.ts';
import { createStopSignal } from './stop-signal.ts';

type Arrival = Extract<ToWorker, { act: 'connection' }>;

/** Connections that came from another worker lately: so many are remembered. */
const MOST_RECEIVED = 2_000;

/** What a worker says first, of one that has nothing. */
const NOTHING = {
  act: 'hello',
  protocol: LINK_PROTOCOL,
  admitted: false,
  draining: false,
  places: [],
  gives: [],
  received: [],
} as const;

hideFromChildren();
if (isMainThread && process.env[LINK_VARIABLE]) begin();

function begin(): void {
  const inForeground = process.env[LINK_VARIABLE] === FOREGROUND;
  const identity = JSON.parse(process.env[IDENTITY_VARIABLE] ?? '{}') as Identity;
  delete process.env[LINK_VARIABLE];
  delete process.env[IDENTITY_VARIABLE];
  if (cluster.isWorker) run(identity, inForeground);
  else linkApp(identity);
  process.once('exit', (code) => tell({ act: 'exits', code }));
}

/** In fork mode the app owns its ports: all that goes through the master is what the app says to it. */
function linkApp(identity: Identity): void {
  let saidReady = false;
  let epoch = 0;
  takeOverCounting();
  const app = installAppChannel(
    () => undefined,
    (message) => (saidReady ||= message === 'ready'),
  );
  startLink({
    socket: identity.socket,
    hello: () => ({ ...NOTHING, epoch, pid: process.pid, identity, saidReady }),
    lent: () => [],
    orphaned: () => undefined,
    receive(message) {
      if (message.act === 'app') return app.deliver(message.message);
      if (message.act !== 'welcome') return;
      epoch = message.epoch;
      app.linked();
    },
  });
}

function run(identity: Identity, inForeground: boolean): void {
  markWorker();
  ignoreEarlyLoss();
  /** Connections that arrived late, until the master has said whose they are. */
  const late = new Map<number, { message: Arrival; handle: StreamHandle }>();
  const pace = new Pace();
  const privates = new PrivateConnections();
  let endDrain: (() => void) | undefined;
  /** Others get what this worker parts with. */
  let gives = true;
  let admitted = false;
  let saidReady = false;
  let epoch = 0;
  const received: string[] = [];
  const load = createLoad({
    all: () => seam.all,
    claimed: () => late.size,
    datagrams: () => [...seam.datagrams].length > 0,
    stopSignal: createStopSignal(inForeground),
    pace,
    privates,
  });
  const seam = installSeam();
  takeOverCounting();
  const app = installAppChannel(
    () => tell({ act: 'left' }),
    (message) => (saidReady ||= message === 'ready'),
  );
  releaseOnExit({ seam, load, privates }, () => gives);
  subscribe('http.server.request.start', (message) => {
    if (!privates.has((message as { socket: Socket }).socket)) pace.came(message);
  });
  subscribe('http.server.response.finish', (message) => {
    if (pace.answered(message)) load.answered();
  });

  startLink({
    socket: identity.socket,
    hello: (unsafe): Hello => ({
      ...NOTHING,
      epoch,
      pid: process.pid,
      identity,
      admitted,
      draining: endDrain !== undefined,
      saidReady,
      places: seam.places,
      gives: unsafe,
      received,
    }),
    lent: () => seam.lent,
    receive,
    orphaned,
  });

  function receive(message: ToWorker, handle: StreamHandle | undefined): void {
    switch (message.act) {
      case 'welcome':
        epoch = message.epoch;
        seam.askAgain();
        app.linked();
        return load.tellAll();
      case 'end':
        return process.exit();
      case 'app':
        return app.deliver(message.message);
      case 'admitted':
        admitted = message.admitted;
        return undefined;
      case 'spare':
        return handle && keepSpare(message.key, handle as ListenSocket);
      case 'yield':
        return seam.find(message.key)?.release();
      case 'listened':
        return seam.listened(message, handle);
      case 'connection':
        return handle && arrived(message, handle);
      case 'accept':
        return handle && acceptInSlot(message.key, handle as ListenSocket, message.back);
      case 'ping':
        return tell({ act: 'pong' });
      case 'claimed':
        return claimed(message.seq, message.yours);
      case 'drain':
        admitted = false;
        endDrain?.();
        gives = message.move;
        load.drain(message.move);
        endDrain = startDrain({ seam, load, privates }, message);
        return undefined;
      case 'resume':
        return resume();
      case 'got':
      case 'taken':
      case 'again':
        // The link's own.
        return undefined;
    }
  }

  /** Whose connections came late only the master knew; one that was given to another worker must not be read here. */
  function orphaned(): void {
    for (const { handle } of late.values()) handle.close();
    late.clear();
    // With node:cluster a worker ends with its primary.
    if (identity.socket === null) process.exit(0);
    for (const served of seam.all) served.acceptOnSpare((connection) => accepted(served, connection));
  }

  function arrived(message: Arrival, handle: StreamHandle): void {
    if (message.origin !== null) {
      received.push(message.origin);
      if (received.length > MOST_RECEIVED) received.shift();
    }
    // A private one was sent to nobody else meanwhile.
    if (message.isPrivate || monotonic() - message.sentAt < TAKE_WITHIN) return take(message, handle);
    late.set(message.seq, { message, handle });
    tell({ act: 'claim', seq: message.seq });
  }

  function keepSpare(key: string, socket: ListenSocket): void {
    const served = seam.find(key);
    if (served && !endDrain) served.keepSpare(socket);
    else socket.close();
  }

  function acceptInSlot(key: string, socket: ListenSocket, back: boolean): void {
    const served = seam.find(key);
    if (!served) return socket.close();
    served.acceptInSlot(socket, back, (connection) => accepted(served, connection));
  }

  function accepted(served: Served, connection: StreamHandle): void {
    load.came();
    if (served.handle?.onconnection) served.handle.onconnection(0, connection);
    else give({ act: 'give', key: served.key, moved: false, refusals: 1 }, connection);
  }

  function claimed(seq: number, yours: boolean): void {
    const connection = late.get(seq);
    late.delete(seq);
    if (!connection) return;
    if (yours) take(connection.message, connection.handle);
    // Another worker has it; only this process's copy is closed.
    else connection.handle.close();
  }

  function resume(): void {
    if (!endDrain) return;
    endDrain();
    endDrain = undefined;
    gives = true;
    load.resume();
    announceResume();
  }

  function take(message: Arrival, handle: StreamHandle): void {
    const { key, moved, refusals, isPrivate } = message;
    const served = seam.find(key);
    if (isPrivate) return takePrivate(served, handle);
    load.taken();
    // The app has closed this server a moment ago. Nothing of the connection was read: another worker can have it.
    if (!served?.handle?.onconnection) return give({ act: 'give', key, moved, refusals: refusals + 1 }, handle);
    if (!moved) return served.handle.onconnection(0, handle);
    served.connect(handle, (socket) => expireSilence(served, socket));
  }

  /** The question is to this worker: where it cannot be asked, nobody else is. */
  function takePrivate(served: Served | undefined, handle: StreamHandle): void {
    if (served?.handle?.onconnection) served.connect(handle, (socket) => privates.add(socket, served));
    else handle.close();
  }
}

/**
 * The master may die while this process starts. node:cluster has already greeted its primary then, and tells in its next tick that it
 * could not: an error event that nobody listens for, which would end the app (seen on Node 20.20).
 */
function ignoreEarlyLoss(): void {
  const ignore = (): void => undefined;
  cluster.worker?.on('error', ignore);
  setImmediate(() => cluster.worker?.off('error', ignore)).unref();
}

/** child_process.fork hands process.execArgv down, from a thread too; a grandchild has no use for us. */
function hideFromChildren(): void {
  const at = process.execArgv.findIndex(
    (arg, index) => arg === '--require' && process.execArgv[index + 1] === __filename,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
}

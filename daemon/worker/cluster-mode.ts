// A worker in cluster mode: the master binds and accepts for it, and gives it connections.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type Hello, type Identity, LATE, monotonic, TAKE_WITHIN, type ToWorker } from '../protocol/worker-link.ts';
import type { ListenSocket, StreamHandle } from '../connections/internals.ts';
import { expireSilence } from './adopt.ts';
import { installAppChannel } from './channel/app-channel.ts';
import { NOTHING } from './channel/hello.ts';
import { takeOverCounting } from './channel/keep-alive.ts';
import { give, hangUp, startLink, tell } from './channel/link.ts';
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

/** Prepares the process for the app: called once, before its first line. */
export function runInCluster(identity: Identity, inForeground: boolean): void {
  markWorker();
  ignoreEarlyLoss();
  /** Connections that arrived late, until the master has said whose they are. */
  const late = new Map<number, { message: Arrival; handle: StreamHandle }>();
  const pace = new Pace();
  const privates = new PrivateConnections();
  let endDrain: (() => void) | undefined;
  /** Others get what this worker parts with. */
  let gives = true;
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
        // One that was stopped, and has been replaced meanwhile.
        if (message.epoch < epoch) return hangUp();
        epoch = message.epoch;
        for (const served of seam.all) served.stayOnSpare();
        seam.askAgain();
        app.linked();
        return load.tellAll();
      case 'end':
        return process.exit();
      case 'app':
        return app.deliver(message.message);
      case 'spare':
        return handle && keepSpare(message.key, handle as ListenSocket, message.after);
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

  /** Whose connections came late only the master knew; one that it may have given to another worker must not be read here. */
  function orphaned(): void {
    const undecided = [...late.values()];
    late.clear();
    for (const { message, handle } of undecided) {
      if (monotonic() - message.sentAt < LATE) take(message, handle);
      else handle.close();
    }
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

  function keepSpare(key: string, socket: ListenSocket, after: number): void {
    const served = seam.find(key);
    if (served && !endDrain) served.keepSpare(socket, after);
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

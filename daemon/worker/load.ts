// The figures that the master routes and reports by.
import { httpSockets, isAnswering } from '../connections/internals.ts';
import type { FromWorker, WorkerLoad, WorkerPace } from '../protocol/worker-link.ts';
import { tell } from './channel/link.ts';
import type { Pace } from './pace.ts';
import type { PrivateConnections } from './private-connections.ts';
import type { Served } from './served.ts';

/** After a change (ms). */
const REPORT_SOON = 100;
/** Lag and latency are those of this time (ms); and nothing tells that a connection has ended. */
const REPORT_AGAIN = 1_000;

/** How long (ms) a draining worker may take to answer the datagrams that it has read. */
const DATAGRAM_GRACE = 500;

export interface Load {
  /** A connection was taken. */
  taken(): void;
  /** A connection came without a message. */
  came(): void;
  /** A response was finished. */
  answered(): void;
  /** WebSockets were told to close. */
  told(count: number): void;
  /**
   * From now on `report` is called by the drain, and `busy` is counted; `move`: what can move counts as busy. The next report is
   * made even when nothing changed: the master waits for it.
   */
  drain(move: boolean): void;
  /** The drain is over, and the worker stays. */
  resume(): void;
  /** Tells the master now, if anything is new. */
  report(): void;
  /** Tells all of it, because there is somebody who knows nothing yet. */
  tellAll(): void;
  /** Tells what was answered since the last second; the end of the process may be near. */
  tellAnswers(): void;
}

/** What is counted. */
interface Sources {
  all(): Iterable<Served>;
  /** Connections that are about to be theirs, perhaps. */
  claimed(): number;
  /** Whether the worker has UDP sockets. */
  datagrams(): boolean;
  /** Which signal ends the app in its own way. */
  stopSignal(): WorkerLoad['signal'];
  readonly pace: Pace;
  readonly privates: PrivateConnections;
}

/** The count begins; called once by the preload. */
export function createLoad({ all, claimed, datagrams, stopSignal, pace, privates }: Sources): Load {
  let taken = 0;
  let requests = 0;
  let told = 0;
  let takenBefore = 0;
  let answeredBy = 0;
  let openBefore = 0;
  let draining = false;
  let moving = false;
  let timer: NodeJS.Timeout | undefined;
  let soon = false;
  const tellLoad = onlyNews();
  const tellPace = onlyNews();
  let latest: WorkerPace = { lag: null, latency: null };
  pace.every(REPORT_AGAIN, (figures) => {
    latest = figures;
    tellPace({ act: 'pace', ...figures, answers: pace.counts.news() });
    report();
  });

  function tellAnswers(): void {
    const answers = pace.counts.news();
    if (answers) tellPace({ act: 'pace', ...latest, answers });
  }

  function report(): void {
    let open = claimed();
    // Nobody can tell which datagrams are still to be answered.
    let busy = open + (datagrams() && performance.now() < answeredBy ? 1 : 0);
    let leaving = 0;
    let promised = 0;
    for (const served of all()) {
      const { server, movable } = served;
      open += clientsOf(served);
      leaving += served.webSockets.leaving;
      promised = Math.max(promised, served.promised);
      if (!draining) continue;
      busy += httpSockets(server).filter(
        (socket) => !privates.has(socket) && (isAnswering(socket) || (moving && movable && !socket._httpMessage)),
      ).length;
      busy += served.sessions.size + served.webSockets.leaving;
    }
    soon = false;
    const signal = stopSignal();
    const profiles = process.listenerCount('SIGUSR2') > 0;
    const had = draining ? openBefore + taken - takenBefore : 0;
    const counted = { taken, open, busy, leaving, told, had, promised, requests };
    if (draining && busy === 0) tellAnswers();
    tellLoad({ act: 'load', ...counted, draining, signal, profiles });
  }

  function clientsOf(served: Served): number {
    return served.open - privates.at(served);
  }

  function changed(): void {
    if (soon || draining) return;
    soon = true;
    clearTimeout(timer);
    timer = setTimeout(report, REPORT_SOON).unref();
  }

  return {
    report,
    tellAnswers,
    tellAll() {
      tellLoad.again();
      tellPace.again();
      report();
    },
    taken() {
      taken += 1;
      changed();
    },
    came: changed,
    answered() {
      requests += 1;
      changed();
    },
    told(count) {
      told += count;
      if (count > 0) report();
    },
    drain(move) {
      if (!draining) {
        takenBefore = taken;
        openBefore = 0;
        for (const served of all()) openBefore += clientsOf(served);
      }
      draining = true;
      moving = move;
      answeredBy = performance.now() + DATAGRAM_GRACE;
      clearTimeout(timer);
      tellLoad.again();
    },
    resume() {
      draining = false;
      report();
    },
  };
}

/** Most reports come from timers: only what is new is worth a message, or what is told after `again`. */
function onlyNews(): ((message: FromWorker) => void) & { again(): void } {
  let last = '';
  const tellNews = (message: FromWorker): void => {
    const text = JSON.stringify(message);
    if (text === last) return;
    last = text;
    tell(message);
  };
  return Object.assign(tellNews, { again: () => void (last = '') });
}

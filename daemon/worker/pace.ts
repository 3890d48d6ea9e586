// How quick the process is: how late its event loop was at worst, and how long its answers took.
import { createHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { isEventStream } from '../connections/internals.ts';
import type { WorkerPace } from '../protocol/worker-link.ts';
import { Answers } from './answers.ts';

/**
 * How often (ms) the event loop is looked at. At 10 ms an idle process uses 0.4% of a core for that, at 20 ms 0.35%, at 50 ms
 * 0.15%, at 100 ms 0.07%; a timer of our own at 50 ms 0.3% (seen on Node 20.20 and 24.21). A block is seen as that much shorter
 * at most.
 */
const RESOLUTION = 50;
const NS_PER_MS = 1e6;

/** The longest answer (ms) that is told apart from a longer one. */
const LONGEST = 3_600_000;
/** The head of a quicker answer (ms) is not looked at: that costs more than all the rest of it. */
const QUICK = 100;

/**
 * When the request came, kept at its response: 0.1 µs for a request, a WeakMap would take 0.9 (with both looks at the clock;
 * seen on Node 20.20 and 24.21).
 */
const CAME = Symbol('zdm.came');

interface Response {
  [CAME]?: number;
  readonly _header?: string | null;
  readonly statusCode?: number;
}

export class Pace {
  /** All answers so far. */
  readonly counts = new Answers();
  private readonly answers = createHistogram({ lowest: 1, highest: LONGEST, figures: 2 });
  /** It does not keep the process alive (seen on Node 20.20 and 24.21). */
  private readonly loop = monitorEventLoopDelay({ resolution: RESOLUTION });
  /** What the monitor could not see, in ms; null until the loop is looked at. */
  private unseen: number | null = null;

  /** A request came; called with a message of `http.server.request.start`. */
  readonly came = (message: unknown): void => {
    (message as { response: Response }).response[CAME] = performance.now();
  };

  /** Its response was finished; called with a message of `http.server.response.finish`. Answers whether its request was seen. */
  readonly answered = (message: unknown): boolean => {
    const { response } = message as { response: Response };
    const came = response[CAME];
    if (came === undefined) return false;
    const took = performance.now() - came;
    // An event stream lasts as long as its client wants: nobody waited for its end.
    const isWaitedFor = took < QUICK || !isEventStream(response);
    if (isWaitedFor) this.answers.record(answerTime(took));
    this.counts.add(response.statusCode ?? 200, isWaitedFor ? took : null);
    return true;
  };

  /**
   * Tells the figures of each second. Timers that are due run in the order of node's own choosing: that of the second may come
   * before the monitor has looked at a block that has just ended, and its figures are of the time before. A turn later it has.
   */
  every(ms: number, tell: (figures: WorkerPace) => void): void {
    setInterval(() => {
      const at = performance.now();
      setImmediate(() => tell(this.take(at))).unref();
    }, ms).unref();
  }

  /**
   * The figures of the time since the last call. From the first call on the loop is looked at: booting holds nobody up. `since`:
   * when this turn of the loop began.
   */
  take(since = performance.now()): WorkerPace {
    const { loop, answers, unseen } = this;
    const turn = Math.round(performance.now() - since);
    const figures = {
      lag: unseen === null ? null : Math.max(unseen, turn, lateness(loop.max)),
      latency: answers.count > 0 ? answers.percentile(95) : null,
    };
    answers.reset();
    loop.enable();
    this.lookAnew();
    return figures;
  }

  /**
   * A reset makes the monitor forget when it looked last: a block that begins before its next look is lost to it, and one that
   * begins in this very turn always (seen on Node 20.20 and 24.21). Until it has looked, two timers of our own see to that: one
   * would leave a gap, because it may be done just before the monitor looks (a block of 700 ms was lost in it).
   */
  private lookAnew(): void {
    const at = performance.now();
    this.unseen = 0;
    this.loop.reset();
    for (const after of [RESOLUTION, 2 * RESOLUTION]) {
      const look = (): void => {
        this.unseen = Math.max(this.unseen ?? 0, Math.round(performance.now() - at - after));
      };
      setTimeout(look, after).unref();
    }
  }
}

/** The time (ms) between two looks has what was to pass between them in it (seen on Node 20.20 and 24.21). */
function lateness(longest: number): number {
  return Math.max(0, Math.round(longest / NS_PER_MS - RESOLUTION));
}

/** Whole ms that it took at most. */
function answerTime(took: number): number {
  return Math.min(LONGEST, Math.ceil(took) || 1);
}

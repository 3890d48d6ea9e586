// What a load generator has seen, and the questions that tests ask of it.
import { existsSync, readFileSync } from 'node:fs';

type LoadKind = 'keep-alive' | 'one-shot' | 'slow' | 'stream';

/** A request that was answered rightly. Times are ms since the epoch. `count` is the app's own count in that process. */
export interface Answered {
  readonly n: number;
  readonly kind: LoadKind;
  readonly post: boolean;
  readonly sent: number;
  readonly answered: number;
  readonly version: number;
  readonly pid: number;
  readonly count: number;
}

interface FailedRequest {
  /** 0 when it failed before there was a request. */
  readonly n: number;
  readonly kind: LoadKind;
  readonly method: string;
  readonly path: string;
  readonly sent: number;
  readonly at: number;
  readonly reason: string;
  readonly localPort?: number;
  /** Requests that this connection had carried before. */
  readonly served?: number;
  /** How long it had been idle, in ms. */
  readonly idleBefore?: number;
}

/** How connections that were meant to stay ended. */
interface ConnectionEnds {
  /** By the keep-alive time that the server announced. */
  readonly expired: number;
  /** Orderly, but before that time. */
  readonly early: number;
  /** After a response with `Connection: close`. */
  readonly announced: number;
  /** Reset while idle. */
  readonly reset: number;
  /** With a request on it. */
  readonly broken: number;
  readonly byClient: number;
}

export interface RawReport {
  readonly requests: number;
  readonly failures: number;
  readonly resets: number;
  readonly notClosed: number;
  readonly sockets: Readonly<Record<LoadKind, number>>;
  readonly ends: ConnectionEnds;
  readonly failed: readonly FailedRequest[];
  readonly kinds: readonly LoadKind[];
  readonly columns: Readonly<
    Record<'n' | 'kind' | 'post' | 'sent' | 'answered' | 'version' | 'pid' | 'count', Float64Array>
  >;
}

export interface TrafficReport {
  readonly startedAt: number;
  /** Requests that ended, well or badly. */
  readonly requests: number;
  /** Number of failures; `failed` describes the first 5000. */
  readonly failures: number;
  readonly failed: readonly FailedRequest[];
  /** Connections that ended with a reset, in whatever state. */
  readonly resets: number;
  /** One-shot connections that the server left open after its answer. */
  readonly notClosed: number;
  readonly sockets: Readonly<Record<LoadKind, number>>;
  readonly ends: ConnectionEnds;
  /** Connections that the client had to open anew because of the server, its announced expiry aside. */
  readonly forcedReconnects: number;
  /** Answers that a process gave twice, or that two requests share: `pid/count`. */
  readonly duplicates: readonly string[];
  readonly byVersion: ReadonlyMap<number, number>;
  readonly byPid: ReadonlyMap<number, number>;
  readonly slowest: Answered | null;
  readonly answers: readonly Answered[];
}

/** The report of a generator, in the form tests read. */
export function makeReport(raw: RawReport, startedAt: number): TrafficReport {
  const { columns: _columns, kinds: _kinds, ...facts } = raw;
  const { ends } = raw;
  const answers = rows(raw);
  return {
    ...facts,
    startedAt,
    answers,
    forcedReconnects: ends.early + ends.announced + ends.reset,
    duplicates: repeated(answers.map(({ pid, count }) => `${pid}/${count}`)),
    byVersion: tally(answers.map(({ version }) => version)),
    byPid: tally(answers.map(({ pid }) => pid)),
    slowest: answers.reduce<Answered | null>((worst, one) => (worst && took(worst) >= took(one) ? worst : one), null),
  };
}

/** How long a request took, in ms. */
export function took(answer: Answered): number {
  return answer.answered - answer.sent;
}

/** Answers by code older than `version` to requests that were sent after `time`: there must be none once a reload returned. */
export function staleAnswers(report: TrafficReport, time: number, version: number): Answered[] {
  return report.answers.filter((answer) => answer.sent > time && answer.version < version);
}

/** Answers per second in a span of time. */
export function rateOf(report: TrafficReport, from: number, to: number): number {
  const inside = report.answers.filter(({ answered }) => answered >= from && answered < to).length;
  return (inside * 1000) / (to - from);
}

/** What the apps' own log of POSTs (fixture variable POST_LOG) says against the report; all three must be empty. */
export interface PostCheck {
  /** Answered, but not in the log. */
  readonly missing: readonly number[];
  /** Executed more than once. */
  readonly twice: readonly string[];
  /** In the log, but the client has no good answer. */
  readonly unanswered: readonly number[];
}

/** Whether each POST was executed exactly once. Several generators may share the log. */
export function checkPosts(logFile: string, ...reports: TrafficReport[]): PostCheck {
  const text = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
  const executed = text.split('\n').filter(Boolean).map(Number);
  const answered = new Set(reports.flatMap(({ answers }) => answers.filter(({ post }) => post).map(({ n }) => n)));
  const inLog = new Set(executed);
  return {
    missing: [...answered].filter((n) => !inLog.has(n)),
    twice: repeated(executed.map(String)),
    unanswered: [...inLog].filter((n) => !answered.has(n)),
  };
}

/** A few lines about the report, for the message of an assertion. */
export function summary(report: TrafficReport): string {
  const { requests, failures, resets, forcedReconnects, ends, sockets, failed, duplicates } = report;
  const reasons = [...tally(failed.map(({ kind, reason }) => `${kind}: ${reason}`))].slice(0, 20);
  const facts = { requests, failures, resets, forcedReconnects, duplicates: duplicates.length, sockets, ends };
  return [JSON.stringify(facts), ...reasons.map(([reason, count]) => `  ${count} × ${reason}`)].join('\n');
}

function rows({ columns, kinds }: RawReport): Answered[] {
  return Array.from(columns.n, (n, i) => ({
    n,
    kind: kinds[at(columns.kind, i)] ?? 'keep-alive',
    post: at(columns.post, i) === 1,
    sent: at(columns.sent, i),
    answered: at(columns.answered, i),
    version: at(columns.version, i),
    pid: at(columns.pid, i),
    count: at(columns.count, i),
  }));
}

function at(column: Float64Array, i: number): number {
  return column[i] ?? 0;
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function repeated(values: readonly string[]): string[] {
  return [...tally(values)].filter(([, count]) => count > 1).map(([value]) => value);
}

// What happened, kept in columns so that hundreds of thousands of rows go to the test in a moment.

/** @typedef {import('./requests.mjs').Request} Request */

/** The kinds of load, by the number that stands for them in the columns. */
const KINDS = ['keep-alive', 'one-shot', 'slow', 'stream'];

const MAX_FAILURES = 5_000;

export class Recorder {
  requests = 0;
  failures = 0;
  resets = 0;
  /** One-shot connections that the server left open after its answer. */
  notClosed = 0;
  /** Connections that were opened, by kind of load. */
  sockets = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  /**
   * How connections that were meant to stay ended: `expired` by the announced keep-alive time, `early` before it, `announced` by
   * `Connection: close`, `reset` while idle, `broken` with a request on it, `byClient`.
   */
  ends = { expired: 0, early: 0, announced: 0, reset: 0, broken: 0, byClient: 0 };
  /** @type {object[]} */
  failed = [];
  /** @type {Record<'n' | 'kind' | 'post' | 'sent' | 'answered' | 'version' | 'pid' | 'count', number[]>} */
  columns = { n: [], kind: [], post: [], sent: [], answered: [], version: [], pid: [], count: [] };

  /**
   * @param {Request} request
   * @param {number} sent
   * @param {import('./requests.mjs').Answer} answer
   */
  answered(request, sent, answer) {
    this.requests += 1;
    const { columns } = this;
    columns.n.push(request.n);
    columns.kind.push(KINDS.indexOf(request.kind));
    columns.post.push(request.method === 'POST' ? 1 : 0);
    columns.sent.push(sent);
    columns.answered.push(Date.now());
    columns.version.push(answer.version);
    columns.pid.push(answer.pid);
    columns.count.push(answer.count);
  }

  /**
   * @param {Request} request
   * @param {number} sent
   * @param {string} reason
   * @param {object} connection facts about the connection it happened on
   */
  fail(request, sent, reason, connection) {
    this.requests += 1;
    this.failures += 1;
    if (this.failed.length >= MAX_FAILURES) return;
    const { n, kind, method, path } = request;
    this.failed.push({ n, kind, method, path, sent, at: Date.now(), reason, ...connection });
  }

  /**
   * A connection could not be opened, before there was a request for it.
   *
   * @param {string} kind
   * @param {string} reason
   */
  refused(kind, reason) {
    this.#failWithoutRequest(kind, reason, {});
  }

  /**
   * Bytes came on a connection that had asked nothing: an answer given twice, or to someone else.
   *
   * @param {string} kind
   * @param {Buffer} data
   * @param {object} connection
   */
  stray(kind, data, connection) {
    this.#failWithoutRequest(kind, `bytes without a request: ${data.toString('latin1', 0, 60)}`, connection);
  }

  #failWithoutRequest(kind, reason, connection) {
    this.failures += 1;
    const at = Date.now();
    if (this.failed.length < MAX_FAILURES)
      this.failed.push({ n: 0, kind, method: '', path: '', sent: at, at, reason, ...connection });
  }

  report() {
    const columns = Object.fromEntries(
      Object.entries(this.columns).map(([name, values]) => [name, Float64Array.from(values)]),
    );
    const { requests, failures, resets, notClosed, sockets, ends, failed } = this;
    return { requests, failures, resets, notClosed, sockets, ends, failed, columns, kinds: KINDS };
  }
}

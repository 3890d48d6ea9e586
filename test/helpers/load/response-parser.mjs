// Reads HTTP/1.1 responses from a raw socket: bodies by length, in chunks, or up to the end of the connection.

/** @typedef {{ status: number, headers: Map<string, string>, body: Buffer, close: boolean, keepAlive: number | null }} Response */

const MAX_HEAD = 64 * 1024;

/** One parser reads one response; `rest` holds what came after it, which on these clients must be nothing. */
export class ResponseParser {
  /** @type {Response | null} set when the response is complete */
  response = null;
  /** Whether any byte came. */
  started = false;
  rest = Buffer.alloc(0);
  #head = null;
  /** @type {Buffer[]} */
  #parts = [];
  #wanted = 0;
  /** @type {'head' | 'length' | 'chunks' | 'until-end'} */
  #mode = 'head';

  /**
   * @param {Buffer} data
   * @returns {boolean} whether the response is complete; throws on anything that is not HTTP
   */
  feed(data) {
    this.started = true;
    this.rest = this.rest.length === 0 ? data : Buffer.concat([this.rest, data]);
    while (this.#mode === 'head' && this.#readHead());
    if (this.#mode === 'length') this.#readLength();
    else if (this.#mode === 'chunks') while (this.response === null && this.#readChunk());
    else if (this.#mode === 'until-end') this.#take(this.rest.length);
    return this.response !== null;
  }

  /** The connection has ended: completes a body that lasts until then. */
  end() {
    if (this.#mode === 'until-end') this.#complete();
    return this.response !== null;
  }

  /** How far it came, for failure reports. */
  get progress() {
    if (this.#head === null) return this.started ? 'in the head of the response' : 'before any byte of the response';
    const got = this.#parts.reduce((sum, part) => sum + part.length, 0) + this.rest.length;
    return this.#mode === 'length'
      ? `after ${got} of ${this.#wanted} bytes of the body`
      : `after ${got} bytes of the body`;
  }

  #readHead() {
    const end = this.rest.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.rest.length > MAX_HEAD) throw new Error('a response head without an end');
      return false;
    }
    const [first = '', ...lines] = this.rest.toString('latin1', 0, end).split('\r\n');
    this.rest = this.rest.subarray(end + 4);
    const status = /^HTTP\/1\.1 (\d{3})/.exec(first)?.[1];
    if (status === undefined) throw new Error(`not a status line: ${first.slice(0, 60)}`);
    if (status.startsWith('1')) return true;
    const headers = new Map(lines.map((line) => headerOf(line)));
    this.#head = { status: Number(status), headers };
    if (headers.get('transfer-encoding') === 'chunked') this.#mode = 'chunks';
    else if (headers.has('content-length')) this.#mode = 'length';
    else this.#mode = status === '204' || status === '304' ? 'length' : 'until-end';
    this.#wanted = Number(headers.get('content-length') ?? 0);
    return false;
  }

  #readLength() {
    if (this.rest.length < this.#wanted) return;
    this.#take(this.#wanted);
    this.#complete();
  }

  #readChunk() {
    const lineEnd = this.rest.indexOf('\r\n');
    if (lineEnd < 0) return false;
    const line = this.rest.toString('latin1', 0, lineEnd);
    if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`not a chunk size: ${line.slice(0, 20)}`);
    const size = Number.parseInt(line, 16);
    if (this.rest.length < lineEnd + 2 + size + 2) return false;
    this.rest = this.rest.subarray(lineEnd + 2);
    this.#take(size);
    this.rest = this.rest.subarray(2);
    if (size === 0) this.#complete();
    return true;
  }

  /** @param {number} size */
  #take(size) {
    this.#parts.push(this.rest.subarray(0, size));
    this.rest = this.rest.subarray(size);
  }

  #complete() {
    const { status, headers } = this.#head;
    const close = headers.get('connection')?.toLowerCase() === 'close' || this.#mode === 'until-end';
    const seconds = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1];
    const keepAlive = seconds === undefined ? null : Number(seconds) * 1000;
    this.response = { status, headers, body: Buffer.concat(this.#parts), close, keepAlive };
  }
}

/**
 * @param {string} line
 * @returns {[string, string]}
 */
function headerOf(line) {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

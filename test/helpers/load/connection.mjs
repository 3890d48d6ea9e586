// One raw connection: never retries, and knows exactly how it ended.
import net from 'node:net';
import tls from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { ResponseParser } from './response-parser.mjs';

/** @typedef {import('./response-parser.mjs').Response} Response */
/** @typedef {{ response: Response } | { reason: string }} Outcome */

// The client sees the end of a response a little later than the server does.
const EXPIRY_TOLERANCE = 50;

export class Connection {
  /** @type {'opening' | 'idle' | 'busy' | 'ended'} */
  state = 'opening';
  served = 0;
  localPort = 0;
  /** The keep-alive time that the server announced with its last response, in ms; null without one. */
  keepAlive = null;
  #idleSince = performance.now();
  #parser = new ResponseParser();
  /** @type {(outcome: Outcome) => void} */
  #settle = () => {};
  #announced = false;
  #ownEnd = false;
  #resolveEnd = () => {};
  /** Resolves when the connection has ended, whoever ended it. */
  ended = new Promise((resolve) => (this.#resolveEnd = resolve));

  /**
   * @param {object} target
   * @param {import('./recorder.mjs').Recorder} recorder
   * @param {import('./requests.mjs').Kind} kind
   * @param {boolean} keeps whether it is meant to carry more than one request
   */
  constructor(target, recorder, kind, keeps) {
    this.recorder = recorder;
    this.kind = kind;
    this.keeps = keeps;
    recorder.sockets[kind] += 1;
    this.ready = target.tls ? 'secureConnect' : 'connect';
    this.socket = target.tls
      ? tls.connect({ ...target, ALPNProtocols: ['http/1.1'], rejectUnauthorized: false })
      : net.connect({ ...target, noDelay: true });
    this.socket.on('data', (data) => this.#read(data));
    this.socket.on('end', () => this.#over('closed'));
    this.socket.on('error', (error) => this.#over(error.code ?? error.message));
    this.socket.on('close', () => this.#over('closed'));
  }

  /**
   * @param {number} timeout
   * @returns {Promise<string | null>} why it could not be opened
   */
  opened(timeout) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.socket.destroy(new Error(`not accepted within ${timeout} ms`)), timeout);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        resolve('reason' in outcome ? outcome.reason : null);
      };
      this.socket.once(this.ready, () => {
        clearTimeout(timer);
        this.localPort = this.socket.localPort ?? 0;
        this.#toIdle();
        resolve(null);
      });
    });
  }

  /** How long nothing has been going on, in ms. */
  get idleFor() {
    return performance.now() - this.#idleSince;
  }

  /** Facts for failure reports. */
  get facts() {
    return { localPort: this.localPort, served: this.served, idleBefore: Math.round(this.idleBefore ?? 0) };
  }

  /**
   * Sends the request, in several packets with `gaps` ms between them when there are cuts, and waits for the response.
   *
   * @param {import('./requests.mjs').Request} request
   * @param {{ timeout: number, cuts: readonly { at: number, gap: number }[] }} options
   * @returns {Promise<Outcome>}
   */
  async ask(request, { timeout, cuts }) {
    if (this.state !== 'idle') return { reason: 'the connection had ended already' };
    this.idleBefore = this.idleFor;
    this.state = 'busy';
    this.#parser = new ResponseParser();
    const outcome = new Promise((resolve) => (this.#settle = resolve));
    const timer = setTimeout(() => {
      this.#settle({ reason: `no complete response within ${timeout} ms, ${this.#parser.progress}` });
      this.destroy();
    }, timeout);
    await this.#send(request.bytes, cuts);
    const result = await outcome;
    clearTimeout(timer);
    return result;
  }

  /** Ends it from our side. */
  destroy() {
    this.#ownEnd = true;
    this.socket.destroy();
  }

  /**
   * @param {Buffer} bytes
   * @param {readonly { at: number, gap: number }[]} cuts
   */
  async #send(bytes, cuts) {
    let from = 0;
    for (const { at, gap } of cuts) {
      this.socket.write(bytes.subarray(from, at));
      from = at;
      await pause(gap);
      if (this.state !== 'busy') return;
    }
    this.socket.write(bytes.subarray(from));
  }

  /** @param {Buffer} data */
  #read(data) {
    if (this.state !== 'busy') {
      this.recorder.stray(this.kind, data, this.facts);
      return this.destroy();
    }
    try {
      if (!this.#parser.feed(data)) return undefined;
    } catch (error) {
      this.#settle({ reason: error.message });
      return this.destroy();
    }
    return this.#finish();
  }

  #finish() {
    const { response, rest } = this.#parser;
    this.served += 1;
    this.keepAlive = response.keepAlive;
    this.#announced = response.close;
    if (rest.length > 0) {
      this.#settle({ reason: `${rest.length} bytes more than the response: ${rest.toString('latin1', 0, 60)}` });
      return this.destroy();
    }
    this.#toIdle();
    return this.#settle({ response });
  }

  #toIdle() {
    this.state = 'idle';
    this.#idleSince = performance.now();
  }

  /** @param {string} how `closed` for an orderly end, else the code of the error */
  #over(how) {
    if (this.state === 'ended') return;
    const was = this.state;
    this.state = 'ended';
    const isReset = how !== 'closed' && was !== 'opening';
    if (isReset) this.recorder.resets += 1;
    if (this.keeps) this.#classify(was, isReset);
    if (was === 'opening') this.#settle({ reason: `no connection: ${how}` });
    if (was === 'busy') this.#endOfBusy(how);
    this.#resolveEnd();
    this.socket.destroy();
  }

  /** @param {string} how */
  #endOfBusy(how) {
    const words = how === 'closed' ? 'connection closed' : `connection reset (${how})`;
    if (how === 'closed' && this.#parser.end()) this.#finish();
    else this.#settle({ reason: `${words} ${this.#parser.progress}` });
    this.state = 'ended';
  }

  /**
   * @param {string} was
   * @param {boolean} isReset
   */
  #classify(was, isReset) {
    const { ends } = this.recorder;
    if (was === 'opening') return;
    if (was === 'busy') ends.broken += 1;
    else if (this.#ownEnd && !this.#announced) ends.byClient += 1;
    else if (this.#announced) ends.announced += 1;
    else if (isReset) ends.reset += 1;
    else if (this.keepAlive !== null && this.idleFor + EXPIRY_TOLERANCE >= this.keepAlive) ends.expired += 1;
    else ends.early += 1;
  }
}

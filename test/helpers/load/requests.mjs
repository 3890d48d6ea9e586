// Numbered requests, and the check of their answers.
import { createHash, randomFillSync } from 'node:crypto';
import { bodySize } from './random.mjs';

/** @typedef {'keep-alive' | 'one-shot' | 'slow' | 'stream'} Kind */
/** @typedef {{ n: number, kind: Kind, method: string, path: string, bytes: Buffer, headLength: number, hash: string, length: number, chunks: number, pad: number }} Request */
/** @typedef {{ n: number, version: number, pid: number, count: number, slot: string | null }} Answer */

const NOISE = randomFillSync(Buffer.alloc(128 * 1024));

/** Makes the requests of one generator: each gets the next number. */
export class RequestMaker {
  #next;

  /** @param {{ firstNumber: number, host: string, port: number, postShare: number, slowMs: number, streamMs: number, chunks: number }} options */
  constructor(options) {
    this.options = options;
    this.#next = options.firstNumber;
  }

  /**
   * @param {Kind} kind
   * @param {() => number} random
   * @param {boolean} keeps whether the connection is to stay open
   * @returns {Request}
   */
  make(kind, random, keeps) {
    const n = this.#next;
    this.#next += 1;
    const { slowMs, streamMs, chunks, postShare } = this.options;
    // Streams are GET: their last line is the answer. Padding makes answers of many sizes.
    const isPost = kind !== 'stream' && random() < postShare;
    const pad = kind === 'stream' ? 0 : Math.floor(bodySize(random) / 2);
    const where = { slow: `/slow?ms=${slowMs}&`, stream: `/stream?ms=${streamMs}&chunks=${chunks}&` }[kind] ?? '/?';
    const path = `${where}n=${n}${pad > 0 ? `&pad=${pad}` : ''}`;
    const body = isPost ? bodyOf(n, bodySize(random), random) : null;
    const head = this.#head(isPost ? 'POST' : 'GET', path, keeps, body);
    return {
      n,
      kind,
      method: isPost ? 'POST' : 'GET',
      path,
      bytes: body === null ? head : Buffer.concat([head, body]),
      headLength: head.length,
      hash: body === null ? '' : createHash('sha1').update(body).digest('hex'),
      length: body?.length ?? 0,
      chunks: kind === 'stream' ? chunks : 0,
      pad,
    };
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {boolean} keeps
   * @param {Uint8Array | null} body
   */
  #head(method, path, keeps, body) {
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.options.host}:${this.options.port}`];
    if (!keeps) lines.push('Connection: close');
    if (body !== null) lines.push('Content-Type: application/octet-stream', `Content-Length: ${body.length}`);
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }
}

/**
 * Why this response is not the right answer to this request; null when it is.
 *
 * @param {Request} request
 * @param {import('./response-parser.mjs').Response} response
 * @returns {{ reason: string } | { answer: Answer }}
 */
export function checkAnswer(request, response) {
  const text = response.body.toString('latin1');
  if (response.status !== 200) return { reason: `status ${response.status}: ${text.slice(0, 100)}` };
  const lines = text.split('\n');
  const answer = parse(lines.at(-1) ?? '');
  if (answer === null) return { reason: `not a complete answer: …${text.slice(-60)}` };
  if (answer.n !== request.n) return { reason: `answer of request ${answer.n} instead of ${request.n}` };
  if (answer.method !== request.method) return { reason: `handled as ${answer.method} instead of ${request.method}` };
  if (lines.length !== request.chunks + 1 || lines.slice(0, -1).some((line, i) => !isChunk(line, i, request))) {
    return { reason: `${lines.length - 1} good chunks of ${request.chunks} expected` };
  }
  if (answer.pad.length !== request.pad) return { reason: `${answer.pad.length} bytes of padding, not ${request.pad}` };
  if (request.method === 'POST' && (answer.length !== request.length || answer.hash !== request.hash)) {
    return { reason: `the app received another body: ${answer.length} bytes instead of ${request.length}` };
  }
  return { answer };
}

/** @param {string} text */
function parse(text) {
  try {
    const answer = JSON.parse(text);
    return typeof answer?.n === 'number' ? { pad: '', ...answer } : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} line
 * @param {number} index
 * @param {Request} request
 */
function isChunk(line, index, request) {
  return line.startsWith(`${index + 1}/${request.chunks} `) && line.length > 200;
}

/**
 * A body that no other request has.
 *
 * @param {number} n
 * @param {number} size
 * @param {() => number} random
 */
function bodyOf(n, size, random) {
  const from = Math.floor(random() * 60_000);
  return Buffer.concat([Buffer.from(`${n};`), NOISE.subarray(from, from + size)]);
}

// One JSON value per line. Bounded, because the other side may be anyone who can open the socket.
import { ZdmError } from './errors.ts';

/** The longest frame (bytes) that a daemon or a master accepts. */
export const FRAME_LIMIT = 1024 * 1024;
/** The longest answer that a client accepts: a list of a thousand apps. */
export const ANSWER_LIMIT = 64 * FRAME_LIMIT;

/** A message as it goes over the wire. */
export function encodeFrame(message: object): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts a byte stream into lines. `feed` throws FRAME_TOO_LARGE, after which the stream is of no use any more. */
export class LineSplitter {
  private parts: Buffer[] = [];
  private length = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The lines that `chunk` completes, without their ends. */
  feed(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.keep(chunk.subarray(from, end));
      lines.push(Buffer.concat(this.parts).toString());
      this.parts = [];
      this.length = 0;
      from = end + 1;
    }
    if (from < chunk.length) this.keep(chunk.subarray(from));
    return lines;
  }

  private keep(part: Buffer): void {
    this.length += part.length;
    if (this.length > this.limit)
      throw new ZdmError('FRAME_TOO_LARGE', `A message is longer than ${this.limit} bytes.`);
    this.parts.push(part);
  }
}

/** The object in a line; throws BAD_REQUEST when there is none. */
export function decodeFrame(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new ZdmError('BAD_REQUEST', 'A message is not JSON.', null, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ZdmError('BAD_REQUEST', 'A message is not a JSON object.');
}

// Asks one worker, which may not be admitted yet, how it is: over a connection that only it can get.
import { messageOf } from '../protocol/errors.ts';
import type { ServerKind } from '../protocol/worker-link.ts';
import { ask, type Question } from './ask.ts';
import type { Connection } from './hand-out.ts';
import { openPrivateLine } from './private-line.ts';

/** `why` in words for people. `unasked`: the master could not ask (no descriptor was free), so it says nothing about the worker. */
export type Answer =
  | { readonly ok: true; readonly status: number }
  | { readonly ok: false; readonly why: string; readonly unasked: boolean };

/** What is asked; in the master a WorkerHandle. */
export interface Asked {
  /** It can be spoken to. */
  readonly isLinked: boolean;
  /** It has not even got the question before. */
  readonly owesAnswer: boolean;
  serverAt(key: string): ServerKind | null;
  send(connection: Connection): void;
}

/** How often (ms) it is looked whether a worker has got the question before. */
const LOOK_AGAIN = 5;

interface TimedQuestion extends Question {
  /** The whole answer has to be there within this time (ms). */
  readonly timeout: number;
}

/** Asks the server that listens at `key`. Never rejects, and ends within the question's time; at once when `signal` says so. */
export function probe(worker: Asked, key: string, question: TimedQuestion, signal?: AbortSignal): Promise<Answer> {
  const { path, timeout } = question;
  const asked = `GET ${path}`;
  return new Promise((resolve) => {
    let hangUp: (() => void) | undefined;
    let waiting: NodeJS.Timeout | undefined;
    let isOver = false;
    const end = (answer: Answer): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      clearTimeout(waiting);
      signal?.removeEventListener('abort', aborted);
      hangUp?.();
      resolve(answer);
    };
    const fail = (why: string, unasked = false): void => end({ ok: false, why, unasked });
    const aborted = (): void => fail(`${asked} was called off`, true);
    const timer = setTimeout(() => fail(`${asked} did not answer within ${spell(timeout)}`), timeout);
    signal?.addEventListener('abort', aborted);
    if (signal?.aborted) return aborted();
    const put = (): void => {
      const server = worker.serverAt(key);
      if (!server || !worker.isLinked) return fail(`${asked}: nobody listens there any more`);
      // A blocked worker is not sent one after the other: it would find them all when it wakes up. One that is well may have
      // answered the last one sooner than its channel said that it has got it.
      if (worker.owesAnswer) return void (waiting = setTimeout(put, LOOK_AGAIN));
      openPrivateLine(isPath(key)).then(
        ({ client, handle }) => {
          hangUp = () => client.destroy();
          client.on('error', () => undefined);
          if (isOver || !worker.isLinked) {
            handle.close();
            hangUp();
            return fail(`${asked}: its process has ended`);
          }
          worker.send({ handle, key, moved: false, waitingSince: null, refusals: 0, isPrivate: true });
          ask(client, server, question).then(
            (status) => end({ ok: true, status }),
            (error: unknown) => fail(`${asked}: ${words(error)}`),
          );
        },
        (error: unknown) => fail(`${asked} could not be asked: ${messageOf(error)}`, true),
      );
    };
    put();
  });
}

/** Keys of unix sockets have the port -1 (daemon/worker/seam.ts). */
function isPath(key: string): boolean {
  return /:-1:\d+$/.test(key);
}

function words(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  // Node's client has one code for both.
  if (message === 'socket hang up') return 'connection closed without an answer';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'connection reset';
  return code.startsWith('HPE_') ? 'the answer is not HTTP' : messageOf(error);
}

function spell(ms: number): string {
  return ms < 1_000 ? `${ms}ms` : `${ms / 1_000}s`;
}

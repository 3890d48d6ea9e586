// A client beside a rollout: a few keep-alive connections that ask one URL all the while and never ask twice for an answer.
import type * as Http from 'node:http';
import { ZdmError } from '../daemon/protocol/errors.ts';
import { importModule } from './import-module.ts';
import { limitText } from '../ui/paint/time.ts';
import type { Proof } from './output/proof.ts';

/** Few, and with a pause (ms) after each answer: a witness, not a load test. */
const PROBERS = 4;
const PAUSE = 5;
/** An answer that takes longer (ms) is a failure. */
const PATIENCE = 10_000;
/** Answers that each prober waits for when the rollout is over; of a slow app those of this time (ms) are enough. */
const ANSWERS_AFTER = 30;
const TIME_AFTER = 200;
/** Of an answer that is a failure, this much is kept to be shown. */
const EXCERPT = 120;

/** Why a request was not answered well: what kind of failure it was, and what was said. */
interface Flaw {
  readonly kind: string;
  readonly message: string;
}

/** How one request ended: answered after `ms` or not at all (null). An answer may be a failure, too. */
export interface Outcome {
  readonly ms: number | null;
  readonly flaw: Flaw | null;
}

/** The counting; knows no network and no clock. */
export class ProofCount {
  private requests = 0;
  private slowest = 0;
  private readonly opened = new Map<number, number>();
  private readonly failures = new Map<string, { count: number; message: string }>();

  /** The prober of this number has a new connection. */
  connected(prober: number): void {
    this.opened.set(prober, (this.opened.get(prober) ?? 0) + 1);
  }

  ended({ ms, flaw }: Outcome): void {
    this.requests += 1;
    this.slowest = Math.max(this.slowest, ms ?? 0);
    if (flaw === null) return;
    const { count, message } = this.failures.get(flaw.kind) ?? { count: 0, message: flaw.message };
    this.failures.set(flaw.kind, { count: count + 1, message });
  }

  get proof(): Proof {
    const failures = [...this.failures].map(([kind, seen]) => ({ kind, ...seen }));
    const failed = failures.reduce((sum, { count }) => sum + count, 0);
    const reconnects = [...this.opened.values()].reduce((sum, count) => sum + count - 1, 0);
    return { requests: this.requests, failed, failures, reconnects, slowest: this.slowest };
  }
}

/** The URL of `--prove`; throws BAD_USAGE when it is none that can be asked. */
export function proveUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  // Without a scheme, what is before the colon passes for one.
  const whole = `http://${text}`;
  throw new ZdmError(
    'BAD_USAGE',
    `--prove: "${text}" is not an http or https URL.`,
    !text.includes('//') && URL.canParse(whole)
      ? `Did you mean ${whole}?`
      : 'For example: zdm reload api --prove http://localhost:3000/',
  );
}

/** The URL as it may be shown: a password in it is for the app alone. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

/** Begins to ask; resolves when every prober has its connection and a good answer on it, and throws when one has not. */
export async function startProver(url: URL, patience = PATIENCE): Promise<Prover> {
  const http = (await importModule(url.protocol === 'https:' ? 'node:https' : 'node:http')) as typeof Http;
  const prover = new Prover(http, url, patience);
  await prover.begin();
  return prover;
}

/** Asks until it is told that the rollout is over. */
class Prover {
  private readonly http: typeof Http;
  private readonly url: URL;
  private readonly patience: number;
  private readonly agents: readonly Http.Agent[];
  private readonly count = new ProofCount();
  private asking: Promise<unknown> = Promise.resolve();
  private stopped = false;
  /** Since when the rollout is over. */
  private over: number | null = null;

  constructor(http: typeof Http, url: URL, patience: number) {
    this.http = http;
    this.url = url;
    this.patience = patience;
    this.agents = Array.from({ length: PROBERS }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));
  }

  async begin(): Promise<void> {
    const firsts = await Promise.all(this.agents.map((agent, prober) => this.ask(agent, prober)));
    const bad = firsts.find(({ flaw }) => flaw !== null);
    if (bad?.flaw) {
      this.end();
      throw noGoodAnswer(this.url, bad.ms !== null, bad.flaw);
    }
    this.asking = Promise.all(this.agents.map((agent, prober) => this.askOn(agent, prober)));
  }

  /** The rollout is over: asks a little longer, then tells what was seen. */
  async finish(): Promise<Proof> {
    this.over = performance.now();
    await this.asking;
    this.end();
    return this.count.proof;
  }

  /** Ends at once; can be called at any time. */
  end(): void {
    this.stopped = true;
    for (const agent of this.agents) agent.destroy();
  }

  private async askOn(agent: Http.Agent, prober: number): Promise<void> {
    for (let after = 0; after < ANSWERS_AFTER;) {
      await pause();
      if (this.stopped) return;
      const over = this.over;
      await this.ask(agent, prober);
      // Only what was asked after the end tells how it is after the end.
      if (over === null) continue;
      after += 1;
      if (performance.now() - over > TIME_AFTER) return;
    }
  }

  private async ask(agent: Http.Agent, prober: number): Promise<Outcome> {
    const { http, url, patience } = this;
    const outcome = await askOnce(http, { url, agent, patience }, () => this.count.connected(prober));
    if (!this.stopped) this.count.ended(outcome);
    return outcome;
  }
}

function noGoodAnswer(url: URL, answered: boolean, { kind, message }: Flaw): ZdmError {
  const what = answered ? `answers with ${kind}` : 'does not answer';
  return new ZdmError(
    'OPERATION_FAILED',
    `--prove: ${shownUrl(url)} ${what}: ${message}. Nothing was reloaded.`,
    'Name a URL that the app answers now, or reload without --prove.',
  );
}

interface Question {
  readonly url: URL;
  readonly agent: Http.Agent;
  readonly patience: number;
}

/** One request, to the end of its answer. `connected` is called when it needed a new connection, and got it. */
function askOnce(http: typeof Http, { url, agent, patience }: Question, connected: () => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const started = performance.now();
    const request = http.request(url, { agent, headers: { 'user-agent': 'zdm-prove' } });
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const failed = (flaw: Flaw): void => end({ ms: null, flaw });
    const timer = setTimeout(() => {
      failed({ kind: 'too late', message: `no whole answer within ${limitText(patience)}` });
      request.destroy();
    }, patience);
    request.once('socket', (socket) => {
      if (!request.reusedSocket) socket.once('connect', connected);
    });
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data: string) => (text = text.length < EXCERPT ? text + data : text));
      response.once('end', () => end({ ms: performance.now() - started, flaw: flawOf(response, text) }));
      response.on('error', (error) => failed(flawFrom(error)));
    });
    request.on('error', (error) => failed(flawFrom(error)));
    request.end();
  });
}

/** An answer that says that the app has failed; with the first line of it that is not empty. */
function flawOf({ statusCode = 0, statusMessage = '' }: Http.IncomingMessage, text: string): Flaw | null {
  if (statusCode < 500) return null;
  return { kind: `status ${statusCode}`, message: firstLine(text.slice(0, EXCERPT)) || statusMessage };
}

/** A name with several addresses fails with the errors of all of them and no text of its own. */
function flawFrom(error: NodeJS.ErrnoException): Flaw {
  const [first = error] = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [];
  // `write EPROTO 80EC66:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…`
  const tls = /:SSL routines:[^:]*:([^:]+):/.exec(first.message)?.[1];
  return { kind: first.code ?? 'error', message: tls ? `TLS: ${tls}` : firstLine(first.message) };
}

function firstLine(text: string): string {
  return text.trimStart().split('\n')[0]?.trimEnd() ?? '';
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

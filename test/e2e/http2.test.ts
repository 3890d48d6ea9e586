// Promise: HTTP/2 connections are ended as the protocol has it: streams that are open finish, new ones go to a new connection.
import http2, { type ClientHttp2Session } from 'node:http2';
import { expect, test } from 'vitest';
import { makeCertificate } from '../helpers/certificate.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { inTime, until } from '../helpers/until.ts';

const RELOADS = 5;

interface Tally {
  readonly byVersion: Map<number, number>;
  readonly executed: Set<string>;
  sessions: number;
  /** Given back by the client itself: it had not been sent when the notice came. */
  refused: number;
}

/** A client as people write them: one session, another one when the server says that this one ends. */
class Client {
  readonly tally: Tally = { byVersion: new Map(), executed: new Set(), sessions: 0, refused: 0 };
  private session: ClientHttp2Session | undefined;
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Resolves when it is answered; rejects when it failed, or was answered badly. */
  async ask(path: string): Promise<void> {
    const answer = await this.exchange(path);
    if (answer === null) {
      // REFUSED_STREAM promises that nothing was done (RFC 9113, 8.7), so it is sent again. See worker/http2.ts.
      this.tally.refused += 1;
      return this.ask(path);
    }
    const { pid, count, version } = JSON.parse(answer) as { pid: number; count: number; version: number };
    const execution = `${pid}:${count}`;
    expect(this.tally.executed.has(execution)).toBe(false);
    this.tally.executed.add(execution);
    this.tally.byVersion.set(version, (this.tally.byVersion.get(version) ?? 0) + 1);
    return undefined;
  }

  close(): void {
    this.session?.close();
  }

  private exchange(path: string): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const stream = this.present().request({ ':path': path });
      let text = '';
      let status = 0;
      let failure: Error | undefined;
      stream.once('response', (headers) => (status = Number(headers[':status'])));
      stream.on('data', (part) => (text += String(part)));
      stream.once('error', (error) => (failure = error));
      stream.once('close', () => {
        if (stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) resolve(null);
        else if (failure || status !== 200) reject(failure ?? new Error(`status ${status} for ${path}`));
        else resolve(text);
      });
    });
  }

  private present(): ClientHttp2Session {
    if (this.session && !this.session.closed && !this.session.destroyed) return this.session;
    this.tally.sessions += 1;
    this.session = http2.connect(this.url, { rejectUnauthorized: false });
    // What happens to a session shows at its streams.
    this.session.on('error', () => undefined);
    return this.session;
  }
}

async function startApp(box: Sandbox, secure: boolean): Promise<{ url: string; script: string }> {
  const { key, cert } = await makeCertificate();
  const port = await freePort();
  const script = box.copyFixture('http2.js', 'api');
  box.setVersion(script, 1);
  const env = { PORT: `${port}`, ...(secure && { KEY: key, CERT: cert }) };
  await box.ok(['start', script, '--name', 'api', '-i', '4'], { env });
  return { url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`, script };
}

test.each([
  ['h2c', false],
  ['h2', true],
])('%s: no stream fails over 5 reloads, each is answered once, old code never after the command', async (_, secure) => {
  const box = sandbox();
  const { url, script } = await startApp(box, secure);
  const clients = Array.from({ length: 6 }, () => new Client(url));
  const stop = new AbortController();
  let answers = 0;
  // Several streams at a time on each session, quick ones and slow ones.
  const runs = clients.flatMap((client) =>
    [0, 0, 0, 300].map(async (ms) => {
      while (!stop.signal.aborted) {
        await client.ask(ms === 0 ? '/?n=1' : `/slow?ms=${ms}`);
        answers += 1;
        await new Promise(setImmediate);
      }
    }),
  );
  const all = Promise.all(runs);
  for (let round = 1; round <= RELOADS; round += 1) {
    const enough = answers + 300;
    await Promise.race([until(() => answers > enough, { within: 60_000, message: 'load runs' }), all]);
    box.setVersion(script, round + 1);
    expect(await box.ok(['reload', 'api'])).toMatch(/0 connections cut/);
    const old = clients.map(({ tally }) => tally.byVersion.get(round) ?? 0);
    const more = answers + 100;
    await Promise.race([until(() => answers > more, { within: 60_000, message: 'load runs' }), all]);
    expect(clients.map(({ tally }) => tally.byVersion.get(round) ?? 0)).toEqual(old);
  }
  stop.abort();
  await inTime(all, 10_000, 'every stream is answered');
  for (const client of clients) client.close();
  const sessions = clients.map(({ tally }) => tally.sessions);
  // One at first, and one for each reload at most twice: the new one may have gone to a worker that was next.
  expect(Math.min(...sessions)).toBeGreaterThan(RELOADS);
  const refused = clients.reduce((sum, { tally }) => sum + tally.refused, 0);
  console.log(
    `${answers} streams, ${sessions.reduce((a, b) => a + b)} sessions, ${refused} not yet sent and sent again`,
  );
  expect(refused / answers).toBeLessThan(0.02);
});

test('a stream that is open at the reload finishes with the old worker', async () => {
  const box = sandbox();
  const { url, script } = await startApp(box, false);
  const client = new Client(url);
  await client.ask('/?n=1');
  const slow = client.ask('/slow?ms=2500');
  box.setVersion(script, 2);
  await box.ok(['reload', 'api']);
  await client.ask('/?n=1');
  await slow;
  expect(client.tally.byVersion).toEqual(
    new Map([
      [1, 2],
      [2, 1],
    ]),
  );
  client.close();
});

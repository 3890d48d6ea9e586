import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ProofCount, proveUrl, shownUrl, startProver } from '../../cli/prove.ts';
import { until } from '../helpers/until.ts';
import { thrownBy } from './thrown.ts';

describe('counting', () => {
  test('requests, the slowest answer, and connections beyond the first of each prober', () => {
    const count = new ProofCount();
    for (const prober of [0, 1, 2, 1, 1]) count.connected(prober);
    for (const ms of [3, 14, 5]) count.ended({ ms, flaw: null });
    expect(count.proof).toEqual({ requests: 3, failed: 0, failures: [], reconnects: 2, slowest: 14 });
  });

  test('failures by kind, each with its first message; a bad answer is an answer', () => {
    const count = new ProofCount();
    count.ended({ ms: 20, flaw: { kind: 'status 500', message: 'no database' } });
    count.ended({ ms: null, flaw: { kind: 'ECONNRESET', message: 'socket hang up' } });
    count.ended({ ms: 7, flaw: { kind: 'status 500', message: 'another text' } });
    expect(count.proof).toEqual({
      requests: 3,
      failed: 3,
      failures: [
        { kind: 'status 500', count: 2, message: 'no database' },
        { kind: 'ECONNRESET', count: 1, message: 'socket hang up' },
      ],
      reconnects: 0,
      slowest: 20,
    });
  });
});

describe('the URL', () => {
  test.each(['http://localhost:3000', 'https://user:secret@example.com/health?deep=1'])('%s is one', (text) => {
    expect(proveUrl(text).href).toContain(text);
  });

  test.each([
    ['', 'For example: zdm reload api --prove http://localhost:3000/'],
    ['ftp://localhost/', 'For example: zdm reload api --prove http://localhost:3000/'],
    ['localhost:3000', 'Did you mean http://localhost:3000?'],
    ['127.0.0.1:3000/health', 'Did you mean http://127.0.0.1:3000/health?'],
    ['not a url', 'For example: zdm reload api --prove http://localhost:3000/'],
  ])('"%s" is none', async (text, hint) => {
    const error = await thrownBy(() => proveUrl(text));
    expect(error).toMatchObject({
      code: 'BAD_USAGE',
      message: `--prove: "${text}" is not an http or https URL.`,
      hint,
    });
  });

  test('is shown without a password', () => {
    expect(shownUrl(new URL('http://user:secret@localhost:3000/x'))).toBe('http://localhost:3000/x');
  });
});

describe('asking', () => {
  test('every prober keeps its connection, from before the rollout to some answers after it', async () => {
    const { url, seen } = await serve((_, response) => response.end('hello'));
    const prover = await startProver(url);
    expect(seen).toMatchObject({ requests: 4, connections: 4 });
    await until(() => seen.requests >= 40);
    const before = seen.requests;
    const proof = await prover.finish();
    expect(proof).toMatchObject({ requests: seen.requests, failed: 0, failures: [], reconnects: 0 });
    expect(proof.slowest).toBeGreaterThan(0);
    expect(seen.requests - before).toBeGreaterThanOrEqual(4);
    expect(seen.connections).toBe(4);
  });

  test('what fails on the way is counted by its kind, and nothing is asked twice', async () => {
    const { url, seen } = await serve((request, response) => {
      if (seen.requests === 20) request.socket.destroy();
      else if (seen.requests === 30)
        response.writeHead(200, { 'content-length': 10 }).write('half', () => request.socket.destroy());
      else if (seen.requests === 40) response.writeHead(503).end('\n  the cache is cold\nmore');
      else if (seen.requests === 50) response.setHeader('connection', 'close').end();
      else response.end('hello');
    });
    const prover = await startProver(url);
    await until(() => seen.requests > 60);
    const proof = await prover.finish();
    expect(proof.failures).toEqual([
      { kind: 'ECONNRESET', count: 2, message: 'socket hang up' },
      { kind: 'status 503', count: 1, message: 'the cache is cold' },
    ]);
    // Two that were broken off, and one that the server asked to close.
    expect(proof).toMatchObject({ requests: seen.requests, failed: 3, reconnects: 3 });
    expect(seen.connections).toBe(7);
  });

  test('an answer that takes too long is a failure', async () => {
    const { url, seen } = await serve((_, response) => {
      response.write('a part');
      if (seen.requests !== 10) response.end();
    });
    const prover = await startProver(url, 500);
    await until(() => seen.requests > 10);
    const { failures } = await prover.finish();
    expect(failures).toEqual([{ kind: 'too late', count: 1, message: 'no whole answer within 0.5s' }]);
  });

  test('without a good first answer it does not begin', async () => {
    const { url, server } = await serve((_, response) => response.writeHead(502).end('<b>Bad Gateway</b>'));
    const hint = 'Name a URL that the app answers now, or reload without --prove.';
    expect(await thrownBy(() => startProver(url))).toMatchObject({
      code: 'OPERATION_FAILED',
      message: `--prove: ${url.href} answers with status 502: <b>Bad Gateway</b>. Nothing was reloaded.`,
      hint,
    });
    const tls = new URL(url.href.replace('http:', 'https:'));
    expect((await thrownBy(() => startProver(tls))).message).toMatch(
      /does not answer: TLS: wrong version number\. Nothing was reloaded\.$/,
    );
    await new Promise((closed) => server.close(closed));
    for (const host of ['127.0.0.1', 'localhost']) {
      const { message } = await thrownBy(() => startProver(new URL(`http://${host}:${url.port}/`)));
      expect(message).toMatch(
        new RegExp(
          `^--prove: http://${host}:${url.port}/ does not answer: connect ECONNREFUSED .*\\. Nothing was reloaded\\.$`,
        ),
      );
    }
  });

  test('it can end at once', async () => {
    const { url, seen } = await serve((_, response) => response.end('hello'));
    const prover = await startProver(url);
    await until(() => seen.requests > 10);
    prover.end();
    await until(() => seen.open === 0);
  });
});

async function serve(answer: http.RequestListener) {
  const seen = { requests: 0, connections: 0, open: 0 };
  const server = http.createServer((request, response) => {
    seen.requests += 1;
    answer(request, response);
  });
  // No connection ends by itself while a test looks.
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    seen.connections += 1;
    seen.open += 1;
    socket.once('close', () => (seen.open -= 1));
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
  return { server, seen, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`) };
}

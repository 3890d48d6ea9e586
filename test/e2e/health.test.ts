// Promise: a worker is asked how it is before it gets traffic and for as long as it does, over a connection that no client sees
// and no figure counts. One that is not well gets none; one that falls ill is replaced, its successor first.
import path from 'node:path';
import { expect, test } from 'vitest';
import type { AppEvent, OperationStatus } from '../../daemon/protocol/model.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { ask } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { pidsOf, startReleases } from '../helpers/releases.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const CLEAN = { failures: 0, resets: 0, forcedReconnects: 0 };

/** Starts the only app of a config file. */
function start(box: Sandbox, app: object): ReturnType<Sandbox['zdm']> {
  return box.zdm(['start', box.writeFile('apps.json', JSON.stringify({ apps: [{ name: 'api', ...app }] }))]);
}

interface Place {
  readonly fixture: string;
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>;
}

async function placeOf(kind: 'http' | 'https' | 'unix socket', box: Sandbox): Promise<Place> {
  if (kind === 'unix socket') return { fixture: 'unix-socket.js', env: { SOCKET: path.join(box.work, 'api.sock') } };
  const env = { PORT: `${await freePort()}` };
  if (kind === 'http') return { fixture: 'http.js', env };
  const { key: KEY, cert: CERT } = await makeCertificate();
  return { fixture: 'https.js', env: { ...env, KEY, CERT } };
}

test.each(['http', 'https', 'unix socket'] as const)('a first start over %s is asked, too', async (kind) => {
  const box = sandbox();
  const { fixture, env } = await placeOf(kind, box);
  const app = { script: box.copyFixture(fixture, 'api'), env, listen_timeout: '1500ms' };
  // Every path is answered with 200.
  const strict = await start(box, { ...app, health: { path: '/healthz', status: 204, interval: '100ms' } });
  expect(strict.code).toBe(1);
  expect(strict.text).toMatch(
    /^api: start failed at slot 0 after .*: the new worker did not pass its health check within 1\.5s: GET \/healthz answered 200$/m,
  );
  expect(strict.text).toContain('Nothing of api is running now.');
  expect(await box.app('api')).toMatchObject({
    state: 'errored',
    up: 0,
    reason: expect.stringContaining('GET /healthz answered 200') as string,
  });
  const fair = await start(box, { ...app, health: '/healthz', listen_timeout: '10s' });
  expect(fair.code, fair.text).toBe(0);
  expect(await box.ok(['reload', 'api'])).toMatch(/^api: reloaded 1\/1 /m);
  expect(await box.app('api')).toMatchObject({ state: 'online', up: 1, restarts: 0 });
});

test('health, then warm-up, then traffic; neither is counted', async () => {
  const health = { path: '/healthz', successes: 2, interval: '50ms' };
  const warmup = ['/warm', '/search?q=x', '/nowhere'];
  const { box, port, deploy } = await startReleases(sandbox(), { health, warmup, instances: 1 });
  // Nobody else asks: what is counted is nothing.
  await box.ok(['reload', 'api']);
  const last = async (): Promise<OperationStatus> => (await box.app('api')).operations.at(-1)!;
  expect((await last()).receipt).toMatchObject({ cut: 0, moved: 0, requestsOld: 0, requestsNew: 0 });
  expect((await box.app('api')).workers).toMatchObject([{ requests: 0, connections: 0 }]);

  const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 2 });
  await traffic.more(100);
  deploy(2, 'serves');
  await box.ok(['reload', 'api']);
  await traffic.more(100);
  const asked = JSON.parse((await ask(port, '/asked')).text) as string[];
  expect(asked.slice(0, 5)).toEqual(['/healthz', '/healthz', '/warm', '/search', '/nowhere']);
  expect(asked.slice(5)).toContain('/');
  expect(asked.slice(5)).not.toContain('/warm');
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
});

test('a serving worker that falls ill is replaced, its successor first', async () => {
  const health = { path: '/healthz', interval: '100ms', failures: 3 };
  const { box, port } = await startReleases(sandbox(), { health });
  const before = pidsOf(await box.app('api'));
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
  await traffic.more(100);
  const ill = JSON.parse((await ask(port, '/sicken')).text) as { pid: number; slot: string };
  const replaced = async (): Promise<AppEvent | undefined> =>
    (await box.app('api')).events.find((one) => one.type === 'operation' && one.kind === 'replace');
  expect(await until(replaced, { every: 100, message: 'it is replaced' })).toMatchObject({
    by: 'zdm (failed its health check: GET /healthz answered 500)',
    reason: null,
    receipt: { cut: 0, replaced: 1 },
  });
  await traffic.more(100);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
  const app = await box.app('api');
  const steps = app.operations.at(-1)!.steps.map(({ text }) => text);
  expect(steps.findIndex((text) => text.startsWith('ready after'))).toBeLessThan(
    steps.findIndex((text) => text.startsWith('old worker dismissed')),
  );
  expect(app).toMatchObject({ state: 'online', up: 2, generation: 1, restarts: 0 });
  const slot = Number(ill.slot);
  expect(before[slot]).toBe(ill.pid);
  expect(pidsOf(app)[slot]).not.toBe(ill.pid);
  expect(pidsOf(app)[1 - slot]).toBe(before[1 - slot]);
});

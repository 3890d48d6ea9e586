// The plugin in a Fastify of its own: what it leaves behind when the app is closed by somebody else, as in tests of apps.
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { fastifyGraceful } from '../../../daemon/graceful/fastify.ts';

const listeners = (): number[] =>
  (['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map((signal) => process.listenerCount(signal));

test('app.close() takes the signal handlers back', async () => {
  const before = listeners();
  const app = fastify();
  await app.register(fastifyGraceful, { exitSignal: ['SIGTERM', 'SIGHUP'] });
  app.get('/', () => 'hello');
  expect((await app.inject('/')).body).toBe('hello');
  expect(listeners()).toEqual([before[0]! + 1, before[1], before[2]! + 1]);
  await app.close();
  expect(listeners()).toEqual(before);
});

test('several apps have one handler for each signal', async () => {
  const before = listeners();
  const apps = [fastify(), fastify(), fastify()];
  for (const app of apps) await app.register(fastifyGraceful, {}).ready();
  expect(listeners()).toEqual([before[0]! + 1, before[1]! + 1, before[2]]);
  for (const app of apps) await app.close();
  expect(listeners()).toEqual(before);
});

test('an option that makes no sense fails the registration', async () => {
  const app = fastify();
  const wrong = { suicideTimeOut: 1 } as object;
  await expect(app.register(fastifyGraceful, wrong).ready()).rejects.toThrow('Did you mean "suicideTimeout"?');
});

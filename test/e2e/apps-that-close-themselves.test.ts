// Promise: an app with graceful code of its own needs none of it changed. That code runs in every old worker, and only when no
// client is left that it could harm: most of it refuses, closes or drops what still comes.
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { isAlive } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { staleAnswers, summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const INSTANCES = 4;
const RELOADS = 5;
const REPLACED = INSTANCES * RELOADS;
/** Light, so that the processor is left for the 24 boots of each app. */
const LOAD = { keepAlive: 16, oneShot: 2, slow: 2, slowMs: 400, stream: 2, streamMs: 400, chunks: 4, rest: 40 };
const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };

/** Longer than this test waits for anything: a worker that is gone before has ended by itself. */
const PATIENT = ['--kill-timeout', '120s'];
/** In ms; for the app that never ends by itself. */
const KILL_AFTER = 300;

// Most of their time they wait for each other: so several at a time.
test.concurrent.for([
  ['http-terminator', PATIENT],
  ['stoppable', PATIENT],
  ['terminus', PATIENT],
  ['close-with-grace', PATIENT],
  ['fastify-close', PATIENT],
  ['lightship', PATIENT],
  ['express-graceful-exit', PATIENT],
  ['exits-at-once', PATIENT],
  ['shutdown-message', [...PATIENT, '--shutdown-with-message']],
  ['ignores-signals', ['--kill-timeout', `${KILL_AFTER}ms`]],
] as const)('%s: five reloads under load', async ([app, flags], context) => {
  const box = sandbox(context);
  const script = box.copyFixture(`graceful/${app}.js`, 'api');
  const port = await freePort();
  release(box, 1);
  await box.ok(['start', script, '-n', 'api', '-i', `${INSTANCES}`, ...flags], { env: { PORT: `${port}` } });
  const traffic = await startTraffic({ port, ...LOAD, test: context });
  const returned: { version: number; at: number }[] = [];
  for (let version = 2; version <= RELOADS + 1; version += 1) {
    await traffic.more(150);
    release(box, version);
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 4\/4 .*\b0 (connections )?cut/);
    returned.push({ version, at: Date.now() });
  }
  await traffic.more(150);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
  expect(report.byVersion.size).toBe(RELOADS + 1);
  expect(returned.flatMap(({ version, at }) => staleAnswers(report, at, version))).toEqual([]);

  const left = async (): Promise<boolean> => (await box.app('api')).workers.length === INSTANCES;
  await until(left, { message: 'the old workers leave' });
  const { operations } = await box.app('api');
  const reloads = operations.filter(({ kind }) => kind === 'reload');
  // What the command said when it returned has stayed true while the old workers left.
  const wholes = reloads.map(({ receipt }) => receipt);
  expect(wholes).toMatchObject(Array.from({ length: RELOADS }, () => ({ cut: 0, open: 0 })));
  const old = reloads.flatMap(({ slots }) => slots.map(({ oldPid, goneAfter }) => ({ pid: oldPid!, goneAfter })));
  expect(new Set(old.map(({ pid }) => pid)).size).toBe(REPLACED);
  expect(old.filter(({ pid }) => isAlive(pid))).toEqual([]);

  // Each old worker was asked to stop, once. One that goes on all the same is killed, and not before its time.
  const goesOn = app === 'ignores-signals';
  const wanted = goesOn ? 'heard, and went on' : 'closed itself';
  const said = async (): Promise<string[]> => (await printed(box)).filter((line) => line === wanted);
  // The log is written a moment later than the workers end.
  await until(async () => (await said()).length >= REPLACED, { message: `'${wanted}' by each old worker` });
  expect(await said()).toHaveLength(REPLACED);
  if (goesOn) expect(Math.min(...old.map(({ goneAfter }) => goneAfter ?? 0))).toBeGreaterThanOrEqual(KILL_AFTER);
});

/** New code: the version that workers which boot from now on answer with. */
function release(box: Sandbox, version: number): void {
  box.writeFile('api/version.txt', `${version}\n`);
}

async function printed(box: Sandbox): Promise<string[]> {
  return (await box.ok(['logs', 'api', '-n', '200', '--raw', '--no-follow'])).split('\n');
}

// Promise: zdmd may die at any step on disk. What it had agreed to is so when the next one is there; of what it had not, all or nothing.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { tryConnect } from '../../daemon/client/connect.ts';
import type { Client } from '../../daemon/client/types.ts';
import { layoutOf, type Layout } from '../../daemon/protocol/layout.ts';
import type { AppSpec } from '../../daemon/protocol/model.ts';
import type { AppRecord } from '../../daemon/store/stored-apps.ts';
import { sampleSpec } from '../daemon/sample-spec.ts';
import { entriesOf, sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { onceEvent, until } from '../helpers/until.ts';

const ZDMD = fileURLToPath(new URL('../../dist/zdmd.mjs', import.meta.url));
const PRELOAD = fileURLToPath(new URL('../helpers/die-at.cjs', import.meta.url));

interface Zdmd {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Null when it died before it could be reached. */
  readonly client: Client | null;
}

/** A daemon that dies at this step; at none without one. */
async function startZdmd(layout: Layout, step?: number): Promise<Zdmd> {
  const env = { ...process.env, ZDM_HOME: layout.home, DIE_AT: `${step}` };
  const child = spawn(process.execPath, ['--require', PRELOAD, ZDMD], { env, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = onceEvent(child, 'exit', 60_000);
  ended.catch(() => undefined);
  const client = await until(
    async () => {
      const found = await tryConnect(layout);
      if (typeof found !== 'string') return { found };
      return child.exitCode === null && child.signalCode === null ? null : { found: null };
    },
    { message: 'the daemon answers or ends' },
  );
  return { child, ended, client: client.found };
}

/** Whether the daemon agreed; false when it died before it said so. */
async function agreed(question: Promise<unknown> | undefined): Promise<boolean> {
  return (await question?.then(() => true).catch(() => false)) ?? false;
}

type Kind = 'stop' | 'delete';

/** What the app should be; null: not there. */
type Wanted = 'online' | 'stopped' | null;

/** By the list on disk. */
function wantedOf({ registry }: Layout): Wanted {
  if (!existsSync(registry)) return null;
  const { apps } = JSON.parse(readFileSync(registry, 'utf8')) as { apps: AppRecord[] };
  const [app] = apps.filter(({ deleted }) => !deleted);
  return app === undefined ? null : app.up ? 'online' : 'stopped';
}

const operate = (client: Client | null, kind: Kind): Promise<unknown> | undefined =>
  client?.call('operate', { kind, targets: ['sleeper'] });

/** Starts the app and ends it, with a daemon that dies at this step. False when it did not come to that. */
async function dieAtStep(box: Sandbox, spec: AppSpec, kind: Kind, step: number): Promise<boolean> {
  const layout = layoutOf(box.home, '/tmp');
  const { child, ended, client } = await startZdmd(layout, step);
  const isOnline = async (): Promise<boolean> => (await client?.call('list', {}))?.[0]?.state === 'online';
  const last = kind === 'stop' ? 'stopped' : null;
  let expected: readonly Wanted[] = [null];
  if (client) {
    expected = (await agreed(client.call('start', { specs: [spec], replace: false }))) ? ['online'] : [null, 'online'];
    await until(async () => child.signalCode !== null || (await isOnline().catch(() => false)), {
      within: 20_000,
      message: 'online',
    });
    if (child.signalCode === null) expected = (await agreed(operate(client, kind))) ? [last] : ['online', last];
  }
  const survived = child.signalCode === null && (await agreed(client?.call('ping', {})));
  client?.close();
  if (survived) child.kill('SIGKILL');
  await ended;

  // What is on disk is what the next one makes of it, and nothing else than what was agreed.
  const wanted = wantedOf(layout);
  expect(expected, `step ${step}`).toContain(wanted);
  const next = await startZdmd(layout);
  const stateNow = async (): Promise<Wanted> => ((await next.client!.call('list', {}))[0]?.state ?? null) as Wanted;
  await until(async () => (await stateNow()) === wanted, { message: `step ${step}: ${kind}, ${wanted}` });
  if ((await stateNow()) !== null) await operate(next.client, 'delete');
  await until(async () => (await stateNow()) === null, { message: `step ${step}: the app is gone` });
  next.client!.close();
  next.child.kill('SIGKILL');
  await next.ended;
  return !survived;
}

/** Every step in turn; the first that was not reached. */
async function dieAtSteps(kind: Kind): Promise<number> {
  const box = sandbox();
  const spec = sampleSpec({
    name: 'sleeper',
    script: box.writeApp('setInterval(() => {}, 1000);'),
    cwd: box.work,
    env: {},
    execMode: 'fork',
    interpreter: 'node',
    args: [],
    instances: 1,
    minUptime: 0,
    listenTimeout: 100,
    outFile: path.join(box.work, 'out.log'),
    errorFile: path.join(box.work, 'err.log'),
  });
  let step = 1;
  while (await dieAtStep(box, spec, kind, step)) step += 1;
  // Of all that was left behind nothing has stayed, and the master, which lived all the time, leaves nothing but what workers load.
  const { client, ended } = await startZdmd(layoutOf(box.home, '/tmp'));
  await client!.call('shutdown', {});
  await ended;
  const entries = entriesOf(box.home).map((name) =>
    name.replace(/\.lock\.\d+$/, '.lock').replace(/-[\da-f]+\.cjs$/, '.cjs'),
  );
  const locks = ['master.lock', 'zdmd.lock'];
  const known = ['apps', 'apps.json', 'apps/sleeper', 'logs', ...locks, 'run', 'run/preload.cjs', 'zdmd.log'];
  expect(entries).toEqual(known.toSorted());
  return step;
}

test('zdmd dies at every step of its own start, of the start of an app, and of its stop or deletion', async () => {
  const ends = await Promise.all([dieAtSteps('stop'), dieAtSteps('delete')]);
  expect(Math.min(...ends)).toBeGreaterThan(20);
});

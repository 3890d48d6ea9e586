// Promise: a rollout can be halted, let go on, and ended in its middle, and no client notices.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import type { LiveProcess } from '../helpers/run.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic, type Traffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { onceEvent, until } from '../helpers/until.ts';

interface Rollout {
  readonly box: Sandbox;
  readonly port: number;
  readonly traffic: Traffic;
  /** The command that follows the reload. */
  readonly reload: LiveProcess;
  /** Lets the new worker of this slot listen; without a number, all of them. */
  open(slot?: number): void;
}

/** A reload of four slots from version 1 to 2 under load: the first is done, the new worker of the second does not listen yet. */
async function halfway(): Promise<Rollout> {
  const box = sandbox();
  const port = await freePort();
  const deploy = (version: number): string => box.deployRelease('waits-for-file.js', version, version);
  const open = (slot?: number): void => {
    const name = slot === undefined ? 'open.txt' : `open-${slot}.txt`;
    for (const version of [1, 2]) box.writeFile(`releases/${version}/${name}`, '');
  };
  deploy(1);
  open();
  const flags = ['--name', 'api', '-i', '4', '--listen-timeout', '60s'];
  await box.ok(['start', 'current/waits-for-file.js', ...flags], { env: { PORT: `${port}` } });
  for (const version of [1, 2]) rmSync(path.join(box.work, `releases/${version}/open.txt`));
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
  await traffic.more(200);
  deploy(2);
  open(0);
  const reload = box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 1 +starting/);
  return { box, port, traffic, reload, open };
}

async function noRequestFailed(traffic: Traffic): Promise<void> {
  await traffic.more(200);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
}

const lastOf = ({ operations }: AppStatus): OperationStatus => operations.at(-1)!;
const generationsOf = ({ workers }: AppStatus): number[] => workers.map(({ generation }) => generation);

test('a paused reload stays as it is, with both codes serving, past the death of the daemon; resumed, it ends', async () => {
  const { box, port, traffic, reload, open } = await halfway();
  expect(await box.ok(['pause', 'api'])).toBe(
    'api: reload paused, 1 of 4 slots run the new code. Go on: zdm resume api\n',
  );
  // What was starting may take over; the slot after it is not begun.
  open();
  await reload.waitFor(/slot 1 +ready/);
  await until(async () => (await box.app('api')).workers.length === 4, { message: 'the old worker is gone' });
  await traffic.more(300);
  const paused = await box.app('api');
  expect(generationsOf(paused)).toEqual([2, 2, 1, 1]);
  expect(lastOf(paused)).toMatchObject({ phase: 'running', paused: true });
  expect(await box.ok(['list'])).toMatch(/paused 2\/4/);
  const versions = new Set<number>();
  const both = async (): Promise<boolean> => versions.add((await askFixture(port)).version).size === 2;
  await until(both, { message: 'both codes answer' });

  const again = await box.zdm(['pause', 'api']);
  expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('nothing to pause: the reload is paused') });

  const daemon = await box.daemonPid();
  killHard(daemon!);
  await reload.waitFor(/The daemon was lost/);
  const after = await box.app('api');
  expect(after.workers.map(({ pid }) => pid)).toEqual(paused.workers.map(({ pid }) => pid));
  expect(lastOf(after)).toMatchObject({ phase: 'running', paused: true });

  expect(await box.ok(['resume', 'api'])).toMatch(/^api: reload goes on, [2-4] of 4 slots run the new code\n$/);
  expect((await reload.ended()).code, reload.output).toBe(0);
  expect(reload.output).toMatch(
    /paused by \S.* \(zdm pause api\)[^]*resumed by \S.* \(zdm resume api\)[^]*reloaded 4\/4/,
  );
  expect(lastOf(await box.app('api'))).toMatchObject({ phase: 'done', paused: false });
  await noRequestFailed(traffic);
});

test('an aborted reload brings the old code back where the new one serves; the next one makes all new', async () => {
  const { box, traffic, reload, open } = await halfway();
  expect(await box.ok(['abort', 'api'])).toBe('api: reload aborted\n  Serving now: 4 of 4 workers, generation 1.\n');
  expect((await reload.ended()).code, reload.output).toBe(1);
  expect(reload.stderr).toMatch(
    /^api: reload failed after .*: aborted by \S.* \(zdm abort api\)\n.*Serving now: 4 of 4/,
  );
  await until(async () => (await box.app('api')).workers.length === 4, { message: 'what was starting is gone' });
  const aborted = await box.app('api');
  expect(generationsOf(aborted)).toEqual([1, 1, 1, 1]);
  expect(aborted).toMatchObject({ state: 'online', up: 4, restarts: 0 });
  expect(lastOf(aborted).slots.map(({ phase }) => phase)).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);

  open();
  await box.ok(['reload', 'api']);
  const serving = (await box.app('api')).workers.filter(({ stage }) => stage === 'online');
  expect(serving.map(({ generation }) => generation)).toEqual([3, 3, 3, 3]);
  await noRequestFailed(traffic);
});

test('finish cuts what a draining worker still has, at once, and the receipt counts it', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('websocket.js', 'api');
  await box.ok(['start', script, '--name', 'api', '--drain-timeout', '10m'], { env: { PORT: `${port}` } });
  const sockets = [1, 2].map(() => new WebSocket(`ws://127.0.0.1:${port}/`));
  await Promise.all(sockets.map((socket) => onceEvent(socket, 'open')));
  expect(await box.ok(['reload', 'api'])).toMatch(/2 draining/);
  const closed = sockets.map((socket) => onceEvent(socket, 'close'));
  expect(await box.ok(['finish', 'api'])).toBe(
    'api: old workers are told to stop; what they still had is cut. See: zdm describe api\n',
  );
  await Promise.all(closed);
  await until(async () => (await box.app('api')).workers.length === 1, { message: 'the old worker is gone' });
  const { receipt, steps } = lastOf(await box.app('api'));
  expect(receipt).toMatchObject({ cut: 2, open: 0, told: 0 });
  expect(steps.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^draining cut short by .*zdm finish api/),
  );
  expect(await box.zdm(['finish', 'api'])).toMatchObject({
    code: 1,
    stdout: 'api: nothing to finish: no old worker drains\n',
  });
});

test('where nothing is to be steered, each verb says so', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api'], { env: { PORT: `${port}` } });
  await box.ok(['start', 'sleep', '--name', 'job', '--min-uptime', '100', '--', '1000']);
  await box.ok(['stop', 'job']);
  const before = await box.app('api');
  for (const verb of ['abort', 'pause', 'resume', 'finish']) {
    const { code, stdout, stderr } = await box.zdm([verb, 'all']);
    expect({ code, stderr }, stdout).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^api: nothing to ${verb}: .*\njob: nothing to ${verb}: .*\n$`));
  }
  expect(await box.app('api')).toMatchObject({ generation: 1, masterPid: before.masterPid, state: 'online' });
  expect((await box.zdm(['abort', 'apo'])).stderr).toMatch(/There is no app "apo"\.\nDid you mean "api"\?/);
});

// Promise: a daemon or a master that is out of file descriptors, or may start no process, does not spin and gives nothing up. It
// says what is missing, and goes on by itself when there is room again.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { canLimitPids, pidLimit } from '../helpers/pid-limit.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

const limit = (pid: number, count: number): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`]);
/** Only a few can be opened any more: numbers are given from the lowest on. */
const starve = (pid: number): void => limit(pid, readdirSync(`/proc/${pid}/fd`).length + 5);
/** CPU time (ms) that it has used. */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** With two workers, of which a slot is given up after its second death. */
async function startApi(): Promise<{ box: Sandbox; port: number; masterPid: number; pids: number[] }> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  await box.ok(['start', script, '--name', 'api', '-i', '2', '--max-restarts', '1'], { env: { PORT: String(port) } });
  const { masterPid, workers } = await box.app('api');
  return { box, port, masterPid: masterPid!, pids: workers.map(({ pid }) => pid) };
}

/** Clients that say nothing; how many of them were turned away. */
function crowd(target: { port: number; host: string } | { path: string }): { turnedAway: number; leave(): void } {
  const seen = { turnedAway: 0, leave: () => sockets.forEach((socket) => socket.destroy()) };
  const sockets: Socket[] = Array.from({ length: 100 }, () => connect(target));
  for (const socket of sockets) socket.on('error', () => undefined).once('close', () => (seen.turnedAway += 1));
  onTestFinished(seen.leave);
  return seen;
}

/** The app's second try to replace a worker for which there is no room. */
async function seesObstacle(box: Sandbox, why: RegExp): Promise<void> {
  const tries = new Set<number | null>();
  await until(async () => tries.add((await box.app('api')).retryAt).size > 2, { message: 'several tries' });
  expect(await box.app('api')).toMatchObject({ reason: expect.stringMatching(why) as string, restarts: 1 });
}

const timesSaid = (box: Sandbox, event: string): number => box.logs().split(`"event":"${event}"`).length - 1;

describe.runIf(process.platform === 'linux')('no file descriptor is free', () => {
  test('in a master: new clients are turned away, a dead worker is replaced when there is room', async () => {
    const { box, port, masterPid, pids } = await startApi();
    // Connections wait in the master.
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    starve(masterPid);
    const before = cpuOf(masterPid);
    const clients = crowd({ port, host: '127.0.0.1' });
    await until(() => clients.turnedAway > 50);
    killHard(pids[0]!);
    await seesObstacle(box, /^slot 0 cannot be started: its master has no free file descriptor \(EMFILE\)$/);
    expect(cpuOf(masterPid) - before).toBeLessThan(1_500);
    limit(masterPid, 1_024);
    await until(async () => (await box.app('api')).state === 'online' && (await box.app('api')).up === 2);
    process.kill(pids[1]!, 'SIGCONT');
    await askFixture(port);
    expect(timesSaid(box, 'starting a worker failed')).toBe(1);
    expect(timesSaid(box, 'starting a worker works again')).toBe(1);
  });

  test('in the daemon: it answers again when somebody leaves', async () => {
    const { box, port } = await startApi();
    const daemon = (await box.daemonPid())!;
    starve(daemon);
    const before = cpuOf(daemon);
    const clients = crowd({ path: path.join(box.home, 'zdmd.sock') });
    await until(() => clients.turnedAway > 50);
    for (let turn = 0; turn < 20; turn += 1) await askFixture(port);
    expect(cpuOf(daemon) - before).toBeLessThan(1_000);
    clients.leave();
    expect(await box.app('api')).toMatchObject({ state: 'online', up: 2 });
    expect(await box.daemonPid()).toBe(daemon);
  });
});

test.runIf(canLimitPids)('no process can be started: workers and masters are, as soon as they can be', async () => {
  const [forDaemon, forMaster] = [pidLimit(), pidLimit()];
  const { box, port, masterPid, pids } = await startApi();
  const [dead, kept] = pids as [number, number];
  forDaemon.put((await box.daemonPid())!);
  forMaster.put(masterPid);
  killHard(dead);
  await seesObstacle(box, /^slot 0 cannot be started: no more processes are allowed \(EAGAIN\)$/);
  await askFixture(port);
  killHard(masterPid);
  await until(() => !isAlive(masterPid));
  const isSaid = async (): Promise<boolean> => /Cannot start node: .*EAGAIN/.test((await box.app('api')).reason ?? '');
  await until(isSaid, { message: 'it is said why there is no master' });
  expect(box.logs().match(/Cannot start node: .*EAGAIN/g)).toHaveLength(1);
  // The worker that is left serves on by itself.
  for (let turn = 0; turn < 10; turn += 1) expect((await askFixture(port)).pid).toBe(kept);
  forDaemon.lift();
  await until(async () => (await box.app('api')).up === 2, { within: 15_000, message: 'the app is back' });
  expect((await box.app('api')).workers.map(({ pid }) => pid)).toContain(kept);
  await askFixture(port);
});

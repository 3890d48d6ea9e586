// Promise: a worker beyond a limit is replaced, its successor first, and the reason is told; one that has done its work is not.
import { describe, expect, test } from 'vitest';
import type { AppEvent } from '../../daemon/protocol/model.ts';
import { ask, askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

type Replaced = Extract<AppEvent, { type: 'operation' }>;

/** Starts the app that can be made to misbehave; its port. */
async function hungry(box: Sandbox, flags: readonly string[], env: Record<string, string> = {}): Promise<number> {
  const script = box.copyFixture('hungry.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', ...flags], { env: { PORT: `${port}`, ...env } });
  return port;
}

async function replaced(box: Sandbox): Promise<Replaced> {
  const found = async (): Promise<Replaced | undefined> =>
    (await box.app('api')).events.find((one): one is Replaced => one.type === 'operation' && one.kind === 'replace');
  return until(found, { within: 15_000, every: 100, message: 'a worker is replaced' });
}

/** It will not answer, or not in time. */
function poke(port: number, path: string): void {
  void ask(port, path).catch(() => undefined);
}

describe('a worker beyond its limit', () => {
  test('of memory: replaced under load without one failed request, and told', async () => {
    const box = sandbox();
    const port = await hungry(box, '-i 2 --max-memory-restart 180M --limit-samples 2 --limit-grace 0'.split(' '));
    const before = await box.app('api');
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2, maxIdle: 500 });
    const leaking = JSON.parse((await ask(port, '/leak')).text) as { pid: number };
    const event = await replaced(box);
    expect(event).toMatchObject({ reason: null, receipt: { cut: 0, replaced: 1 } });
    expect(event.by).toMatch(/^zdm \(memory 2\d\dM, limit 180M\)$/);
    await traffic.more(100);
    const report = await traffic.stop();
    expect(report.failures, summary(report)).toBe(0);
    const after = await box.app('api');
    expect(after).toMatchObject({ up: 2, generation: before.generation, restarts: 0 });
    const kept = before.workers.map(({ pid }) => pid).filter((pid) => pid !== leaking.pid);
    expect(after.workers.map(({ pid }) => pid)).toEqual(expect.arrayContaining(kept));
    expect(after.workers.map(({ pid }) => pid)).not.toContain(leaking.pid);
    const described = await box.ok(['describe', 'api']);
    expect(described).toMatch(/replaced at +memory above 180M for 2s\n/);
    expect(described).toMatch(/replace done, 1\/1, .* 0 cut, .* \(zdm \(memory 2\d\dM, limit 180M\)\)/);
  });

  test('of memory, in fork mode: the old one goes first', async () => {
    const box = sandbox();
    const flags = '--exec-mode fork --min-uptime 300 --max-memory-restart 180M --limit-samples 1 --limit-grace 0';
    const port = await hungry(box, flags.split(' '));
    const before = await askFixture(port, '/leak');
    const event = await replaced(box);
    expect(event).toMatchObject({ reason: null, by: expect.stringMatching(/memory/) as string });
    await until(async () => (await ask(port).catch(() => null)) !== null, { message: 'it serves again' });
    expect((await askFixture(port)).pid).not.toBe(before.pid);
  });

  test('of CPU: not for its warming up, and for a hot loop later', async () => {
    const box = sandbox();
    // What a hot loop gets of a busy machine is much less than a core.
    const flags = '--max-cpu-restart 10% --limit-samples 1 --limit-grace 2s';
    const port = await hungry(box, flags.split(' '), { WARM_UP: '1500' });
    const { pid, startedAt } = (await box.app('api')).workers[0]!;
    poke(port, '/burn');
    const event = await replaced(box);
    expect(event.by).toMatch(/^zdm \(CPU \d+%, limit 10%\)$/);
    expect(event.at - event.took - startedAt).toBeGreaterThanOrEqual(2_000);
    expect((await askFixture(port)).pid).not.toBe(pid);
  });

  test('of silence: the others serve, the hung one is replaced and ended', async () => {
    const box = sandbox();
    const port = await hungry(box, '-i 3 --hang-timeout 2s --limit-grace 0 -k 500'.split(' '));
    const before = (await box.app('api')).workers.map(({ pid }) => pid);
    const traffic = await startTraffic({ port, keepAlive: 0, oneShot: 6 });
    await traffic.more(50);
    poke(port, '/hang');
    await until(() => box.logs().includes('hangs from now on'), { message: 'it hangs' });
    await traffic.more(100);
    const event = await replaced(box);
    expect(event.by).toMatch(/^zdm \(event loop blocked for [23]s\)$/);
    const hung = await until(() => before.find((pid) => !isAlive(pid)), { message: 'it has been ended' });
    await traffic.more(100);
    const report = await traffic.stop();
    // What it had taken is lost with it, and nothing else.
    expect(report.failures, summary(report)).toBeLessThanOrEqual(6);
    const after = await box.app('api');
    expect(after).toMatchObject({ up: 3, restarts: 0 });
    expect(after.workers.filter(({ pid }) => before.includes(pid)).length).toBe(2);
    expect(after.workers.map(({ pid }) => pid)).not.toContain(hung);
  });
});

describe('a worker that ends as it may', () => {
  test('stop_exit_codes: its slot stays empty, over the death of the daemon too, until the next command', async () => {
    const box = sandbox();
    const port = await hungry(box, ['-i', '2', '--stop-exit-codes', '0,3']);
    poke(port, '/exit?code=3');
    await until(async () => (await box.app('api')).up === 1, { message: 'one has finished' });
    expect(await box.app('api')).toMatchObject({ state: 'online', restarts: 0 });
    expect(await box.ok(['list'])).toMatch(/api has 1 of 2 workers: slot \d: it has finished \(exit code 3\)/);
    await ask(port);
    poke(port, '/exit?code=0');
    await until(async () => (await box.app('api')).state === 'stopped', { message: 'all have finished' });
    process.kill((await box.daemonPid())!, 'SIGKILL');
    expect(await box.app('api')).toMatchObject({ state: 'stopped', reason: 'it has finished (exit code 3)', up: 0 });
    await expect(ask(port)).rejects.toThrow(/ECONNREFUSED/);
    expect(await box.ok(['reload', 'api'])).toMatch(/api: reloaded 2\/2/);
    // The new daemon has not started it meanwhile.
    expect((await box.app('api')).generation).toBe(2);
    poke(port, '/exit?code=1');
    await until(async () => (await box.app('api')).restarts === 1, { message: 'another code is a crash' });
    await until(async () => (await box.app('api')).up === 2, { message: 'it is replaced' });
  });

  test('autorestart off: a job that runs once is done, and runs again when it is asked to', async () => {
    const box = sandbox();
    const job = box.writeApp(
      'console.log("working"); setTimeout(() => process.exit(Number(process.argv[2] ?? 0)), 200);',
    );
    const started = await box.ok(['start', job, '-n', 'job', '--no-autorestart']);
    expect(started).toMatch(/job: started .*\njob: slot 0 has finished \(exit code 0\)\n/);
    expect(await box.app('job')).toMatchObject({ state: 'stopped', restarts: 0 });
    await box.ok(['restart', 'job']);
    await box.ok(['start', 'job']);
    expect((await box.ok(['logs', 'job', '--no-follow', '--raw'])).match(/working/g)).toHaveLength(3);
    const bad = await box.zdm(['start', job, '-n', 'bad', '--no-autorestart', '--', '4']);
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringMatching(/bad: start failed .* exit code 4/) as string });
    expect(await box.app('bad')).toMatchObject({ state: 'errored' });
  });
});

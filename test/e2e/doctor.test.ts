// Promise: `zdm doctor` says what is wrong and what mends it, in any state of a home, and neither starts nor changes anything.
import { chmodSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../cli/doctor/facts.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard, processesOfHome } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { onceEvent, until } from '../helpers/until.ts';

async function wrong(box: Sandbox): Promise<Pick<Finding, 'area' | 'text' | 'mend'>[]> {
  const { code, stdout } = await box.zdm(['doctor', '--json']);
  const findings = (JSON.parse(stdout) as Finding[]).filter(({ level }) => level === 'warn' || level === 'bad');
  expect(code).toBe(findings.length > 0 ? 1 : 0);
  return findings.map(({ area, text, mend }) => ({ area, text, mend }));
}

test('nothing there, then apps that run, then a home that is open to others', async () => {
  const box = sandbox();
  const fresh = await box.zdm(['doctor']);
  expect(fresh).toMatchObject({ code: 0, stderr: '' });
  expect(fresh.stdout).toMatch(/^· home +.* is not there[^]*\n\nNothing is wrong\.\n$/m);
  expect(existsSync(box.home)).toBe(false);

  const port = await freePort();
  await box.ok(['start', box.copyFixture('http.js'), '-n', 'api'], { env: { PORT: `${port}` } });
  const well = await box.ok(['doctor']);
  for (const area of ['home', 'daemon', 'masters', 'apps', 'disk', 'logs'])
    expect(well).toMatch(new RegExp(`^✓ ${area} `, 'm'));

  chmodSync(box.home, 0o777);
  expect(await wrong(box)).toEqual([
    {
      area: 'home',
      text: expect.stringContaining('can be written by others') as string,
      mend: `chmod 700 ${box.home}`,
    },
  ]);
  chmodSync(box.home, 0o700);
  expect(await wrong(box)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a port that somebody has; a daemon and a master that were killed, with what they left',
  async () => {
    const box = sandbox();
    const rival = createServer().listen(0);
    onTestFinished(() => void rival.close());
    await onceEvent(rival, 'listening');
    const { port } = rival.address() as { port: number };
    const failed = await box.zdm(['start', box.copyFixture('http.js'), '-n', 'api'], { env: { PORT: `${port}` } });
    expect(failed.code).toBe(1);
    expect(await wrong(box)).toEqual([
      {
        area: 'apps',
        text: expect.stringContaining(`api cannot have port ${port}: pid ${process.pid} `) as string,
        mend: `kill ${process.pid}; zdm start api`,
      },
    ]);
    await box.ok(['delete', 'api']);

    await box.ok(['start', 'sleep', '-n', 'tool', '--listen-timeout', '50', '--', '1000']);
    const { masterPid, workers } = await box.app('tool');
    const daemon = (await box.daemonPid())!;
    // In one breath, or one of them brings the other back.
    killHard(daemon);
    killHard(masterPid!);
    await until(() => processesOfHome(box.home).every(({ pid }) => pid !== daemon && pid !== masterPid));
    expect(await wrong(box)).toEqual([
      { area: 'daemon', text: expect.stringMatching(/^it died/) as string, mend: 'zdm list' },
      { area: 'masters', text: 'tool has none, and 1 process is left of it', mend: `kill -9 ${workers[0]!.pid}` },
    ]);
    expect(processesOfHome(box.home).map(({ pid }) => pid)).toEqual([workers[0]!.pid]);
    // What mends it does.
    await box.ok(['list']);
    await until(async () => (await box.app('tool')).up === 1);
    expect(await wrong(box)).toEqual([]);
  },
);

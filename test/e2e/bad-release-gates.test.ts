// Promise: new code that starts, and is not well, does not take over either; what it lacks is said in the words of the setting.
import { expect, test } from 'vitest';
import { pidsOf, refusedUnderLoad, startReleases } from '../helpers/releases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const HEALTH = { path: '/healthz', timeout: '300ms', interval: '100ms' };

interface Case {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly good?: string;
  readonly does: string;
  readonly reason: string | RegExp;
  readonly line: string;
}

const BAD: readonly Case[] = [
  {
    name: 'health 500',
    options: { health: HEALTH },
    does: 'answers-500',
    reason: 'did not pass its health check within 1.5s: GET /healthz answered 500',
    line: '/healthz: no connection to the database',
  },
  {
    name: 'health hangs',
    options: { health: HEALTH },
    does: 'hangs',
    reason: 'did not pass its health check within 1.5s: GET /healthz did not answer within 300ms',
    line: '/healthz: looking up',
  },
  {
    name: 'never ready',
    options: { wait_ready: true },
    good: 'says-ready',
    does: 'serves',
    reason: "did not call process.send('ready') within 1.5s",
    line: 'release 2 serves listens',
  },
  {
    name: 'fills its memory at boot',
    options: { max_memory_restart: '120M', listen_timeout: '20s' },
    does: 'leaks',
    reason: /used too much \(memory [12]\d\dM, limit 120M\)\n/,
    line: 'loading the whole table',
  },
];

test.each(BAD)('$name', async ({ options, good = 'serves', does, reason, line }) => {
  const deployed = await startReleases(sandbox(), { ...options, does: good });
  const before = await deployed.box.app('api');
  deployed.deploy(2, does);
  const { text, report, app } = await refusedUnderLoad(deployed);
  expect(text).toMatch(/^api: reload failed at slot 0 after [\d.]+m?s: the new worker /m);
  expect(text).toMatch(reason);
  expect(text).toContain(`    ${line}`);
  expect([...report.byVersion.keys()]).toEqual([1]);
  expect(pidsOf(app)).toEqual(pidsOf(before));
});

test('a rollout that takes longer than progress_deadline goes back', async () => {
  const deployed = await startReleases(sandbox(), { listen_timeout: '1s', progress_deadline: '1s' });
  const before = await deployed.box.app('api');
  // The first slot is done, the second one would have the rest of its own second.
  deployed.deploy(2, 'never-in-slot 1');
  const { text, report, app } = await refusedUnderLoad(deployed);
  expect(text).toMatch(/^api: reload failed after [\d.]+s: it was not done within 1s \(progress_deadline\)$/m);
  expect(text).toContain('going back to generation 1: it was not done within 1s (progress_deadline)');
  expect([...report.byVersion.keys()]).toEqual([1, 2]);
  expect(pidsOf(app)[0]).not.toBe(pidsOf(before)[0]);
  expect(pidsOf(app)[1]).toBe(pidsOf(before)[1]);
});

// Promise: whatever new code does in place of starting, it does not take over. The old workers serve on and no client notices;
// the command fails, and says at which slot, why, and what the new worker said last. Nothing is left behind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { pidsOf, refusedUnderLoad, startReleases, type Deployed } from '../helpers/releases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const BEFORE_READY = (how: string): string => `the new worker ended with ${how} before it was ready`;

/** What a release does, why it is refused, and what it said last. */
const BAD: readonly (readonly [does: string, reason: string | RegExp, line: string])[] = [
  ['throws', BEFORE_READY('exit code 1'), 'Error: the database password is missing'],
  ['rejects', BEFORE_READY('exit code 1'), 'Error: no connection to the database'],
  ['exits', BEFORE_READY('exit code 0'), 'nothing to do'],
  ['crashes-natively', BEFORE_READY('signal SIGSEGV'), 'loading the native addon'],
  [
    'never-listens',
    /the new worker did not listen on a port within 1\.5s \(missing: \d+, where the old one listens\)/,
    'waiting for the database',
  ],
  [
    'listens-elsewhere',
    /the new worker did not listen where it should within 1\.5s \(missing: \d+, where the old one listens; it listens on \d+\)/,
    'release 2 listens-elsewhere',
  ],
];

describe('a release that does not start', () => {
  let app: Deployed;
  let pids: number[];

  beforeAll(async () => {
    app = await startReleases(sandbox());
    pids = pidsOf(await app.box.app('api'));
  });
  afterAll(() => app.box.cleanup());

  /** Reloads; no worker that serves may have been touched. */
  async function refused(reason: string | RegExp, line: string): Promise<void> {
    const { text, report, app: after } = await refusedUnderLoad(app);
    expect(text).toMatch(/^api: reload failed at slot 0 after [\d.]+m?s: /m);
    expect(text).toMatch(reason);
    expect(text).toContain(`    ${line}`);
    expect([...report.byVersion.keys()]).toEqual([1]);
    expect(pidsOf(after)).toEqual(pids);
    expect(after.restarts).toBe(0);
  }

  test.each(BAD)('%s', async (does, reason, line) => {
    app.deploy(2, does);
    await refused(reason, line);
  });

  test('has a syntax error', async () => {
    app.deploy(2, 'is cut off');
    app.box.writeFile('releases/2/release.js', 'const port = ;\n');
    await refused(BEFORE_READY('exit code 1'), "SyntaxError: Unexpected token ';'");
  });

  test('and the next good one is not hindered', async () => {
    app.deploy(3, 'serves');
    expect(await app.box.ok(['reload', 'api'])).toMatch(/^api: reloaded 2\/2 /m);
    expect((await app.box.app('api')).release?.script).toMatch(/\/releases\/3\/release\.js$/);
  });
});

describe('code that opens only some of its ports', () => {
  test('does not take over from code that opened all, and what is missing is named', async () => {
    const box = sandbox();
    const script = box.copyFixture('only-health.js', 'api');
    const [port, health] = [await freePort(), await freePort()];
    box.setVersion(script, '1 fine');
    const flags = ['--name', 'api', '-i', '2', '--listen-timeout', '1500'];
    await box.ok(['start', script, ...flags], { env: { PORT: `${port}`, HEALTH_PORT: `${health}` } });
    box.setVersion(script, 'broken');
    const { text } = await refusedUnderLoad({ box, port });
    expect(text).toContain(
      `did not listen where it should within 1.5s (missing: ${port}, where the old one listens; it listens on ${health})`,
    );
  });

  test('does not start with wait_for, nor does it take over', async () => {
    const box = sandbox();
    const script = box.copyFixture('only-health.js', 'api');
    const [port, health] = [await freePort(), await freePort()];
    const env = { PORT: `${port}`, HEALTH_PORT: `${health}` };
    const flags = ['--name', 'api', '-i', '2', '--listen-timeout', '1s', '--wait-for', `${port},127.0.0.1:${health}`];
    box.setVersion(script, 'broken');
    const first = await box.zdm(['start', script, ...flags], { env });
    expect(first.code).toBe(1);
    expect(first.text).toMatch(/^api: start failed at slot [01] after /m);
    expect(first.text).toContain(
      `did not listen where it should within 1s (missing: ${port}, of wait_for; it listens on ${health})`,
    );
    expect(await box.app('api')).toMatchObject({ state: 'errored', up: 0 });
    box.setVersion(script, '1 fine');
    await box.ok(['delete', 'api']);
    await box.ok(['start', script, ...flags], { env });
    box.setVersion(script, 'broken');
    const { text } = await refusedUnderLoad({ box, port });
    expect(text).toContain(`(missing: ${port}, where the old one listens; it listens on ${health})`);
  });
});

test('a first start that throws says so with its last lines, and can be repeated', async () => {
  const box = sandbox();
  const script = box.copyFixture('versioned.js', 'api');
  const port = await freePort();
  box.setVersion(script, 'throw');
  const first = await box.zdm(['start', script, '--name', 'api'], { env: { PORT: String(port) } });
  expect(first.code).toBe(1);
  expect(first.text).toMatch(/exit code 1 before it was ready/);
  expect(first.text).toMatch(/the database password is missing/);
  const app = await box.app('api');
  expect(app).toMatchObject({ state: 'errored', up: 0 });
  expect(app.reason).toMatch(/exit code 1/);
  expect(await box.ok(['list'])).toMatch(/errored/);
  expect(await box.ok(['describe', 'api'])).toMatch(/the database password is missing/);

  box.setVersion(script, 'ok 2');
  await box.ok(['start', script, '--name', 'api'], { env: { PORT: String(port) } });
  expect(await box.app('api')).toMatchObject({ state: 'online', up: 1 });
});

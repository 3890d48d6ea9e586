// Promise: `zdm reload --prove <url>` says what a client saw, and fails when one would have noticed something.
import { expect, test } from 'vitest';
import { ask, askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

async function startApp(
  fixture: string,
  version = '1',
): Promise<{ box: Sandbox; script: string; port: number; url: string }> {
  const box = sandbox();
  const script = box.copyFixture(fixture, 'api');
  const port = await freePort();
  box.setVersion(script, version);
  await box.ok(['start', script, '-n', 'api', '-i', '2'], { env: { PORT: `${port}` } });
  return { box, script, port, url: `http://localhost:${port}/` };
}

test('a reload that nobody notices is proved', async () => {
  const { box, script, port, url } = await startApp('http.js');
  box.setVersion(script, '2');
  const { code, stdout, stderr, text } = await box.zdm(['reload', 'api', '--prove', url]);
  expect(code, text).toBe(0);
  expect(stderr).toBe('');
  const [receipt, proof] = stdout.trimEnd().split('\n').slice(-2);
  expect(receipt).toMatch(/^api: reloaded 2\/2 in \S+: 0 cut, [1-9]\d* connections? moved/);
  const line = /^proved: ([\d,]+) requests to (\S+), 0 failed, 0 reconnects, slowest [\d.]+m?s$/.exec(proof!);
  expect(line, proof).not.toBe(null);
  expect(line![2]).toBe(url);
  // The probers asked before, during and after it.
  expect(Number(line![1]!.replaceAll(',', ''))).toBeGreaterThan(20);
  expect(await askFixture(port)).toMatchObject({ version: 2 });
});

test('requests that fail in the new code make the command fail, with their number and their first message', async () => {
  const { box, script, url } = await startApp('fails-when-new.js');
  box.setVersion(script, '2');
  const { code, stdout, stderr, text } = await box.zdm(['reload', 'api', '--prove', url]);
  expect(code, text).toBe(1);
  // What zdm itself can see went well.
  expect(stdout).toMatch(/api: reloaded 2\/2 in .*\b0 cut/);
  const [, failed] = /^not proved: [\d,]+ requests to \S+, ([\d,]+) failed, 0 reconnects, /m.exec(stderr) ?? [];
  expect(Number(failed?.replaceAll(',', '')), text).toBeGreaterThan(0);
  expect(stderr).toContain(`\n    status 500, ${failed} times: the new code is broken\n`);
  // From here on there is no good answer to begin with.
  const again = await box.zdm(['reload', 'api', '--prove', url]);
  expect(again.code).toBe(1);
  expect(again.stderr).toMatch(/answers with status 500: the new code is broken\. Nothing was reloaded\./);
  expect(await box.app('api')).toMatchObject({ generation: 2 });
});

test('a cut connection makes the command fail, although the prober saw none', async () => {
  const box = sandbox();
  const port = await freePort();
  const env = { PORT: `${port}` };
  await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api', '--drain-timeout', '300ms'], { env });
  const slow = ask(port, '/slow?ms=60000').catch((error: Error) => error.message);
  await until(async () => (await box.app('api')).workers[0]!.connections === 1);
  const { code, stdout, stderr, text } = await box.zdm(['reload', 'api', '--prove', `http://127.0.0.1:${port}/`]);
  expect(code, text).toBe(1);
  expect(stdout).toMatch(/api: reloaded 1\/1 in \S+: 1 cut/);
  expect(stderr).toMatch(
    /^not proved: 1 connection cut; [\d,]+ requests to \S+, 0 failed, 0 reconnects, slowest \S+\n$/,
  );
  expect(await slow).toBe('socket hang up');
});

test('a bad release that is refused fails the command, and the proof says that no client noticed', async () => {
  const { box, script, url } = await startApp('versioned.js', 'ok 1');
  box.setVersion(script, 'throw');
  const { code, text } = await box.zdm(['reload', 'api', '--prove', url]);
  expect(code).toBe(1);
  expect(text).toMatch(/reload failed at slot 0/);
  expect(text).toMatch(/^proved: .* 0 failed, 0 reconnects/m);
});

test('where nobody answers nothing is reloaded; what is no URL is a misuse', async () => {
  const { box } = await startApp('http.js');
  const before = await box.app('api');
  const nobody = await freePort();
  const { code, stderr, stdout } = await box.zdm(['reload', 'all', '--prove', `http://127.0.0.1:${nobody}/health`]);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    new RegExp(
      `^zdm: --prove: http://127.0.0.1:${nobody}/health does not answer: connect ECONNREFUSED .*\\. Nothing was reloaded\\.\n`,
    ),
  );
  const misuse = await box.zdm(['reload', 'api', '--prove', 'localhost:3000']);
  expect(misuse.code).toBe(2);
  expect(misuse.stderr).toMatch(
    /"localhost:3000" is not an http or https URL\.\nDid you mean http:\/\/localhost:3000\?\n/,
  );
  const unknown = await box.zdm(['reload', 'apu', '--prove', `http://127.0.0.1:${nobody}/`]);
  expect(unknown.stderr).toContain('There is no app "apu"');
  const after = await box.app('api');
  expect(after.generation).toBe(1);
  expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
  // Other commands know nothing of it.
  expect((await box.zdm(['restart', 'api', '--prove', 'http://localhost/'])).code).toBe(2);
});

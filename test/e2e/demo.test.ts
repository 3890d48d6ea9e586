// Promise: one command shows the main job of zdm, wherever it is run, and leaves nothing behind.
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { processesWith } from '../helpers/processes.ts';
import { run } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { onceEvent } from '../helpers/until.ts';

test('the demo: reloaded under load, 0 failed, nothing left, also where port 3000 is taken', async () => {
  const box = sandbox();
  const taken = createServer().on('error', () => {});
  onTestFinished(() => void taken.close());
  taken.listen(3000);
  await Promise.race([onceEvent(taken, 'listening'), onceEvent(taken, 'error')]);

  const demo = fileURLToPath(new URL('../../examples/demo.mjs', import.meta.url));
  const env = { ...box.env, TMPDIR: box.work, ZDM_DEMO_MARK: box.work };
  const before = readdirSync(box.work);
  const { code, stdout, text } = await run(demo, [], { env, cwd: box.work, within: 90_000 });
  expect(code, text).toBe(0);
  expect(stdout).toMatch(/hello: started 2\/2/);
  expect(stdout).toMatch(/hello: reloaded 2\/2 .* 0 (?:connections )?cut/);
  expect(stdout).toMatch(/ [\d,]+ requests, 0 failed, 8 sockets opened/);
  expect(stdout).toMatch(/ × hello from version 1\n +[\d,]+ × hello from version 2\n/);
  expect(stdout).toMatch(/hello +cluster +\S online +2\/2 +g2/);
  expect(readdirSync(box.work)).toEqual(before);
  expect(processesWith('ZDM_DEMO_MARK', box.work)).toEqual([]);
});

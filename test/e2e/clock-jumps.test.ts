// Promise: somebody sets the clock, hours forward or back: what waits waits as long as it should, and nothing is over before its time.
// The clock of the machine stays; what the processes read is moved.
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import type { LiveProcess } from '../helpers/run.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { inTime, until } from '../helpers/until.ts';

const HOUR = 3_600_000;

const MOVES = `const { now } = Date;
let offset = 0;
Date.now = () => now() + offset;
setInterval(() => {
  try {
    offset = Number(require('node:fs').readFileSync(process.env.OFFSET_FILE, 'utf8'));
    require('node:fs').writeFileSync(process.env.OFFSET_FILE + '.seen', '');
  } catch {}
}, 10).unref();`;

/** `zdm run`: daemon and master in one process, whose clock `jump` moves; resolves when it has. */
async function runWithClock(
  box: Sandbox,
  args: string[],
): Promise<{ live: LiveProcess; jump(ms: number): Promise<void> }> {
  const file = `${box.work}/offset`;
  const env = {
    PORT: `${await freePort()}`,
    OFFSET_FILE: file,
    NODE_OPTIONS: `--require ${box.writeApp(MOVES, 'moves.js')}`,
  };
  const live = box.spawnZdm(['run', ...args], { env });
  return {
    live,
    async jump(ms) {
      box.writeFile('offset', String(ms));
      await until(() => existsSync(`${file}.seen`));
    },
  };
}

test('an hour back while a worker is stopped that does not want to: it is killed in time', async () => {
  const box = sandbox();
  const script = box.copyFixture('ignores-sigterm.js');
  const { live, jump } = await runWithClock(box, [script, '--kill-timeout', '1500']);
  await live.waitFor(/start g1 done/);
  live.kill('SIGTERM');
  await live.waitFor('ignored SIG');
  await jump(-HOUR);
  await inTime(live.ended(), 5_000, 'the end');
});

test('an hour forward while workers start: none is late', async () => {
  const box = sandbox();
  const script = box.copyFixture('waits-for-file.js', 'app');
  const { live, jump } = await runWithClock(box, [script, '-i', '2', '--listen-timeout', '20000']);
  await live.waitFor(/slot 1 +starting/);
  await jump(HOUR);
  box.writeFile('app/open-0.txt', '');
  await live.waitFor(/slot 0.*ready/);
  box.writeFile('app/open-1.txt', '');
  await live.waitFor(/slot 1.*ready/);
  live.kill('SIGTERM');
  const { code } = await live.ended();
  expect(code, live.output).toBe(0);
});

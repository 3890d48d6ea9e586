// Promise: the daemon may be killed at any moment, whatever is under way. `npm run soak` does it for longer.
import { expect, test } from 'vitest';
import { daemonChaos } from '../soak/daemon-chaos.ts';

test('kill -9 of zdmd at 12 random moments, in the middle of reloads, starts, stops and scalings', async () => {
  const { kills, commands } = await daemonChaos(12, 2);
  expect(kills).toBe(12);
  expect(commands).toBeGreaterThan(5);
});

// Promise: the daemon may be killed at any moment, whatever is under way. `npm run soak` does it for longer, by these variables.
import { expect, test } from 'vitest';
import { daemonChaos } from '../helpers/daemon-chaos.ts';

const { ZDM_CHAOS_KILLS = '12', ZDM_CHAOS_SEED = '2' } = process.env;
const KILLS = Number(ZDM_CHAOS_KILLS);

test(
  `kill -9 of zdmd at ${KILLS} random moments, in the middle of reloads, starts, stops and scalings`,
  async () => {
    const { kills, absences, commands, interrupted, requests } = await daemonChaos(KILLS, Number(ZDM_CHAOS_SEED));
    if (KILLS > 12)
      console.log(
        `${kills} kills, no daemon for ${Math.max(...absences)} ms at most; ${interrupted} of ${commands} commands under way ` +
          `said that they had lost it; ${requests} requests, none failed`,
      );
    expect(kills).toBe(KILLS);
    expect(commands).toBeGreaterThan(KILLS / 3);
  },
  30_000 + KILLS * 20_000,
);

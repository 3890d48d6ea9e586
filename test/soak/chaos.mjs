// The daemon is killed 150 times, at random moments and under load: `node test/soak/chaos.mjs [kills] [seed]`, of the built code.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kills = process.argv[2] ?? '150';
const seed = process.argv[3] ?? String(Date.now() % 2 ** 31);
console.log(`${kills} kills, seed ${seed}`);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/e2e/daemon-chaos.test.ts', '--reporter=verbose'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ZDM_CHAOS_KILLS: kills, ZDM_CHAOS_SEED: seed } },
);
process.exitCode = status ?? 1;

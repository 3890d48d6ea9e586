// npm run bench: what zdm costs, as ratios measured in the same run. Nothing here is a test: it prints, people judge.
//   node test/bench/main.mjs [list] [memory] [connections] [deaths] [fairness] [--quick] [--no-pm2]
import { benchConnections } from './connections.mjs';
import { benchDeaths } from './deaths.mjs';
import { benchFairness } from './fairness.mjs';
import { benchList } from './list.mjs';
import { benchMemory } from './memory.mjs';
import { preparePm2 } from './pm2.mjs';
import { describeMachine, warnIfBusy } from './noise.mjs';
import { makeWorkspace } from './workspace.mjs';
import { isBuilt } from './zdm.mjs';

const BENCHES = {
  list: benchList,
  memory: benchMemory,
  connections: benchConnections,
  deaths: benchDeaths,
  fairness: benchFairness,
};

async function main() {
  const args = process.argv.slice(2);
  const unknown = args.filter((arg) => !(arg in BENCHES) && arg !== '--quick' && arg !== '--no-pm2');
  if (unknown.length > 0)
    throw new Error(`Unknown: ${unknown.join(' ')}. There are: ${Object.keys(BENCHES).join(', ')}, --quick, --no-pm2`);
  const wanted = Object.keys(BENCHES).filter((name) => args.includes(name));

  if (process.platform !== 'linux') throw new Error('The benchmarks read /proc and run on Linux only.');
  describeMachine();
  await warnIfBusy();
  if (!isBuilt()) console.log('zdm is not built (npm run build): only the others are measured.');
  const workspace = makeWorkspace();
  const leave = () => void workspace.cleanup().finally(() => process.exit(130));
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    const pm2 = args.includes('--no-pm2') ? null : await preparePm2(workspace);
    for (const name of wanted.length > 0 ? wanted : Object.keys(BENCHES)) {
      await BENCHES[name]({ workspace, pm2, isQuick: args.includes('--quick') });
    }
  } finally {
    await workspace.cleanup();
  }
}

await main();

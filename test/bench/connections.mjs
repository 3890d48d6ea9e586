// (3) What handing a connection out costs: CPU time of manager, masters and workers per 50,000 one-shot connections, 2 instances.
import { startBare } from './bare.mjs';
import { startLoad } from './load.mjs';
import { warnIfSpread } from './noise.mjs';
import { startPm2 } from './pm2.mjs';
import { cpuOf } from './proc.mjs';
import { alternate, median, printRatios } from './stats.mjs';
import { isBuilt, startZdm } from './zdm.mjs';

const INSTANCES = 2;
const PER = 50_000;
const BY_KERNEL = { name: 'zdm, balance kernel', fields: { balance: 'kernel' } };

export async function benchConnections({ workspace, pm2, isQuick }) {
  const [rounds, count] = isQuick ? [4, 3_000] : [8, 10_000];
  const started = [
    await startBare(workspace, INSTANCES),
    isBuilt() ? await startZdm(workspace, 1, INSTANCES) : null,
    isBuilt() && kernelCanBalance() ? await startZdm(workspace, 1, INSTANCES, BY_KERNEL) : null,
    pm2 ? await startPm2(pm2, workspace, 1, INSTANCES) : null,
  ];
  const contenders = started.filter((one) => one !== null).map((one) => ({ ...one, cpu: [], wall: [], failed: 0 }));
  const load = startLoad(workspace);

  // The first connections meet code that is not compiled yet.
  for (const { ports } of contenders) await load.run({ port: ports[0], count, concurrency: 32 });
  await alternate(contenders, rounds, async (contender) => {
    const before = totalCpu(contender);
    const from = performance.now();
    contender.failed += await load.run({ port: contender.ports[0], count, concurrency: 32 });
    contender.wall.push(performance.now() - from);
    contender.cpu.push(((totalCpu(contender) - before) * PER) / count);
  });
  await Promise.all(contenders.map(({ stop }) => stop()));

  const title = `CPU time per ${PER} one-shot connections, ${INSTANCES} instances, ${rounds} rounds of ${count} (median)`;
  const base = 'bare node:cluster';
  printRatios(
    title,
    contenders.map(({ name, cpu }) => ({ name, value: median(cpu) })),
    { unit: 'ms', base },
  );
  const rates = contenders.map(({ name, wall }) => ({ name, value: (count * 1000) / median(wall) }));
  printRatios('connections per second in these rounds (the generator shares the cores)', rates, { unit: '/s', base });
  for (const { name, cpu, failed } of contenders) {
    warnIfSpread(name, cpu);
    if (failed > 0) console.log(`  ${name}: ${failed} connections FAILED`);
  }
}

function totalCpu({ busy }) {
  return busy.reduce((sum, pid) => sum + cpuOf(pid), 0);
}

/** Node asks for SO_REUSEPORT since 22.12; the kernel spreads connections on Linux only. */
function kernelCanBalance() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return process.platform === 'linux' && (major > 22 || (major === 22 && minor >= 12));
}

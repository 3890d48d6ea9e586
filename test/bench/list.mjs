// (1) What a look at the apps costs: `zdm list` against starting node at all, and against `pm2 list`.
import { cleanEnvironment, time } from './command.mjs';
import { warnIfSpread } from './noise.mjs';
import { startPm2 } from './pm2.mjs';
import { cpuOfEndedChildren } from './proc.mjs';
import { alternate, median, printRatios } from './stats.mjs';
import { isBuilt, startZdm } from './zdm.mjs';

const BASE = 'node -e 0';
// CPU time is counted in ticks of 10 ms: several runs are measured together.
const RUNS = 5;
const APPS = 3;

export async function benchList({ workspace, pm2, isQuick }) {
  const zdm = isBuilt() ? await startZdm(workspace, APPS, 1) : null;
  const old = pm2 ? await startPm2(pm2, workspace, APPS, 1) : null;
  const contenders = [
    { name: BASE, args: ['-e', '0'], env: cleanEnvironment() },
    ...[zdm, old]
      .filter((one) => one !== null)
      .map(({ name, list, env }) => ({ name: `${name} list`, args: list, env })),
  ].map((one) => ({ ...one, wall: [], cpu: [] }));

  for (const { args, env } of contenders) await time(args, env);
  await alternate(contenders, isQuick ? 4 : 12, async ({ args, env, wall, cpu }) => {
    const before = cpuOfEndedChildren();
    for (let i = 0; i < RUNS; i += 1) wall.push(await time(args, env));
    cpu.push((cpuOfEndedChildren() - before) / RUNS);
  });
  await Promise.all([zdm?.stop(), old?.stop()]);

  const rows = (field) => contenders.map((one) => ({ name: one.name, value: median(one[field]) }));
  printRatios(`list with ${APPS} apps, wall time (median)`, rows('wall'), { unit: 'ms', base: BASE });
  printRatios(`list with ${APPS} apps, CPU time of the command (median)`, rows('cpu'), { unit: 'ms', base: BASE });
  for (const { name, wall } of contenders) warnIfSpread(name, wall);
}

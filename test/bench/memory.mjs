// (2) What the managers keep in memory while nothing happens.
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { startPm2 } from './pm2.mjs';
import { memoryOf } from './proc.mjs';
import { isBuilt, startZdm } from './zdm.mjs';

const SETTLE_MS = 5_000;

export async function benchMemory({ workspace, pm2, isQuick }) {
  const counts = isQuick ? [1, 10] : [1, 10, 25];
  console.log('\nidle memory of the manager (MB; own: pages that no other process has, pss: shared pages by share)');
  const idle = [0, 1].map(() => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' }));
  workspace.atEnd(() => idle.forEach((one) => one.kill()));
  await pause(1_000);
  printTotal(
    'two idle node processes',
    idle.map(({ pid }) => pid),
  );
  for (const one of idle) one.kill();
  for (const count of counts) {
    const zdm = isBuilt() ? await startZdm(workspace, count, 1) : null;
    const old = pm2 ? await startPm2(pm2, workspace, count, 1) : null;
    await pause(isQuick ? 1_000 : SETTLE_MS);
    const apps = `${count} ${count === 1 ? 'app' : 'apps'}`;
    if (zdm) printTotal(`${apps}: zdmd and master`, [zdm.daemon, ...new Set(zdm.masters)]);
    if (old) printTotal(`${apps}: ${old.name} daemon`, [old.daemon]);
    await Promise.all([zdm?.stop(), old?.stop()]);
  }
}

function printTotal(name, pids) {
  const all = pids.map((pid) => memoryOf(pid));
  printLine(name, (field) => all.reduce((sum, one) => sum + one[field], 0));
}

function printLine(name, value) {
  const cells = ['own', 'pss', 'rss'].map((field) => `${field} ${value(field).toFixed(1).padStart(6)}`);
  console.log(`  ${name.padEnd(28)} ${cells.join('   ')}`);
}

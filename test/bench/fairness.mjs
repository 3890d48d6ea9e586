// (5) One master has all apps: what an app that prints much and one with many new connections do to a third one's answers.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanEnvironment, output } from './command.mjs';
import { startClients } from './deaths.mjs';
import { APP, freePort } from './workspace.mjs';
import { isBuilt } from './zdm.mjs';

import { fileURLToPath } from 'node:url';
const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

/** 50 MB a second. */
const PRINTS = `const line = 'x'.repeat(1023) + '\\n';
setInterval(() => { for (let i = 0; i < 1000; i += 1) process.stdout.write(line); }, 20);`;

export async function benchFairness({ workspace, isQuick }) {
  if (!isBuilt()) return;
  const folder = workspace.folder('fair');
  const env = { ...cleanEnvironment(), ZDM_HOME: `${folder}/home` };
  workspace.atEnd(() => output(CLI, ['kill'], env));
  const prints = path.join(folder, 'prints.cjs');
  writeFileSync(prints, PRINTS);
  const [port, other] = [await freePort(), await freePort()];
  const start = (name, script, at) =>
    output(CLI, ['start', script, '--name', name, '--min-uptime', '200'], { ...env, PORT: `${at}` });
  const time = isQuick ? 2_000 : 10_000;
  const measure = async () => {
    const clients = startClients(workspace, port, { keepAlive: 4, oneShot: 0 });
    await pause(time);
    return clients.stop();
  };
  await start('quiet', APP, port);
  await start('busy', APP, other);
  const alone = await measure();
  await start('loud', prints, 0);
  const crowd = startClients(workspace, other, { keepAlive: 0, oneShot: 16 });
  const beside = await measure();
  const { oneShot } = await crowd.stop();
  console.log(
    '\nan app that answers keep-alive clients, ms: alone, and beside one that prints 50 MB/s and one with new connections',
  );
  const row = ({ p50, p99, worst }) => `p50 ${p50.toFixed(2)}   p99 ${p99.toFixed(2)}   worst ${worst.toFixed(1)}`;
  console.log(`  alone    ${row(alone)}`);
  console.log(`  beside   ${row(beside)}   (${Math.round((oneShot.ok * 1_000) / time)} new connections a second)`);
  await output(CLI, ['kill'], env);
}

// (4) What it costs when a process of the manager dies under load: zdm's master, its zdmd, both, a master that is stopped, an update; and
// PM2's daemon, which is the primary of all its apps and which nobody starts anew: there somebody types `pm2 resurrect` at once.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { output } from './command.mjs';
import { startPm2 } from './pm2.mjs';
import { median } from './stats.mjs';
import { isBuilt, startZdm } from './zdm.mjs';

const CLIENTS = fileURLToPath(new URL('clients.mjs', import.meta.url));
const LOAD = { keepAlive: 16, oneShot: 8 };
const LIMIT = 30_000;

export async function benchDeaths({ workspace, pm2, isQuick }) {
  const rounds = isQuick ? 3 : 20;
  const clients = `${LOAD.keepAlive} keep-alive and ${LOAD.oneShot} one-shot clients that never retry`;
  console.log(`\ndeaths under load, 1 app with 4 workers, ${clients}, ${rounds} of each`);
  if (isBuilt()) {
    const zdm = await startZdm(workspace, 1, 4);
    const app = async () => JSON.parse(await output(zdm.list[0], ['list', '--json'], zdm.env))[0];
    const daemon = async () => JSON.parse(await output(zdm.list[0], ['ping', '--json'], zdm.env)).pid;
    const kill = (...pids) => {
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    };
    const kinds = {
      'SIGKILL of the master': async ({ masterPid }) => kill(masterPid),
      'SIGKILL of zdmd': async () => kill(await daemon()),
      'SIGKILL of both, then a command': async ({ masterPid }) => kill(await daemon(), masterPid),
      'SIGSTOP of the master': async ({ masterPid }) => process.kill(masterPid, 'SIGSTOP'),
      'zdm update': () => output(zdm.list[0], ['update', '--force'], zdm.env),
    };
    for (const [name, strike] of Object.entries(kinds)) {
      const load = startClients(workspace, zdm.ports[0]);
      const before = await app();
      const back = [];
      const least = name.startsWith('SIGSTOP') ? Math.min(rounds, 5) : rounds;
      for (let round = 0; round < least; round += 1) {
        await pause(300);
        const { masterPid } = await app();
        const start = performance.now();
        await strike({ masterPid });
        if (!name.includes('zdmd')) await until(async () => ((await app()).masterPid ?? masterPid) !== masterPid);
        else await daemon();
        back.push(performance.now() - start);
      }
      const after = await app();
      const stay = after.workers.filter(({ pid }) => before.workers.some((one) => one.pid === pid)).length;
      print(`zdm: ${name}`, await load.stop(), back, `${stay} of ${before.workers.length} workers are the same`);
    }
    await zdm.stop();
  }
  if (pm2) {
    const old = await startPm2(pm2, workspace, 1, 4);
    const [cli] = old.list;
    await output(cli, ['save'], old.env);
    const load = startClients(workspace, old.ports[0]);
    const back = [];
    for (let round = 0; round < Math.min(rounds, 5); round += 1) {
      await pause(300);
      const start = performance.now();
      process.kill(Number(readFileSync(path.join(old.env.PM2_HOME, 'pm2.pid'), 'utf8')), 'SIGKILL');
      await output(cli, ['resurrect'], old.env);
      back.push(performance.now() - start);
    }
    print(`${old.name}: SIGKILL of its daemon`, await load.stop(), back, 'all workers are new');
    await old.stop();
  }
}

/** @param {number} port */
export function startClients(workspace, port, load = LOAD) {
  const child = fork(CLIENTS);
  workspace.atEnd(() => child.kill());
  child.send({ port, ...load });
  return {
    async stop() {
      const said = once(child, 'message');
      child.send('stop');
      return (await said)[0];
    },
  };
}

function print(name, { keepAlive, oneShot }, back, workers) {
  console.log(`  ${name}, ${back.length} times`);
  const kept = `${keepAlive.failed} of ${keepAlive.ok + keepAlive.failed} keep-alive requests failed, ${keepAlive.connects} connects`;
  console.log(`      ${kept}; ${oneShot.failed} of ${oneShot.ok + oneShot.failed} one-shot requests failed`);
  console.log(`      back after ${median(back).toFixed(0)} ms (at most ${Math.max(...back).toFixed(0)}); ${workers}`);
}

async function until(isSo) {
  for (const end = performance.now() + LIMIT; performance.now() < end; await pause(20))
    if (await isSo().catch(() => false)) return;
  throw new Error(`Not within ${LIMIT} ms.`);
}

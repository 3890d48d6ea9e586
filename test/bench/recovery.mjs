// (4) How long nothing serves after the process that owns the port was killed: zdm's master, whose workers accept by themselves until
// its daemon has started another one, and PM2's daemon, which is the primary of all its apps and which nobody starts anew: there the
// command of whoever notices is typed at once.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { output } from './command.mjs';
import { startPm2 } from './pm2.mjs';
import { median } from './stats.mjs';
import { isBuilt, startZdm } from './zdm.mjs';

/** A master that dies again within 5 s is started anew after a pause. */
const AGE = 5_200;
/** So long (ms) it is watched: another master is there by then. */
const WATCH = 3_000;
const LIMIT = 20_000;

export async function benchRecovery({ workspace, pm2, isQuick }) {
  const rounds = isQuick ? 2 : 7;
  console.log(`\nwithout service after kill -9 of what owns the port, 1 app with 2 workers, median of ${rounds} (ms)`);
  if (isBuilt()) {
    const zdm = await startZdm(workspace, 1, 2);
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      const [{ masterPid }] = JSON.parse(await output(zdm.list[0], ['list', '--json'], zdm.env));
      await pause(AGE);
      process.kill(masterPid, 'SIGKILL');
      times.push(await longestGap(zdm.ports[0]));
    }
    print('zdm, by itself', times);
    await zdm.stop();
  }
  if (pm2) {
    const old = await startPm2(pm2, workspace, 1, 2);
    const [cli] = old.list;
    await output(cli, ['save'], old.env);
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      process.kill(Number(readFileSync(path.join(old.env.PM2_HOME, 'pm2.pid'), 'utf8')), 'SIGKILL');
      const typed = output(cli, ['resurrect'], old.env);
      times.push(await longestGap(old.ports[0]));
      await typed;
    }
    print(`${old.name}, resurrect typed at once`, times);
    await old.stop();
  }
}

function print(name, times) {
  const [least, most] = [Math.min(...times), Math.max(...times)];
  console.log(
    `  ${name.padEnd(36)} ${median(times).toFixed(0).padStart(6)}   (${least.toFixed(0)} to ${most.toFixed(0)})`,
  );
}

/** The longest time (ms) between two answers, from now until it serves when it was watched long enough. */
async function longestGap(port) {
  const start = performance.now();
  let [last, longest] = [start, 0];
  for (let now = start, isServed = false; now - start < WATCH || !isServed; now = performance.now()) {
    if (now - start > LIMIT) throw new Error(`Nothing served within ${LIMIT} ms.`);
    isServed = await ask(port);
    if (isServed) {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    await pause(2);
  }
  return longest;
}

/** @returns {Promise<boolean>} */
function ask(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () =>
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    );
    let text = '';
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (part) => (text += part));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text.startsWith('HTTP/1.1 200')));
  });
}

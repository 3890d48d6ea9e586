// A million frames that make no sense, to the daemon and to the master: `node test/soak/socket.mjs [frames] [seed]`, of the built code.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fuzzSocket } from '../helpers/fuzz/sockets.mjs';
import { randomFrom } from '../helpers/random.mjs';

const FRAMES = Number(process.argv[2] ?? 1_000_000);
const SEED = Number(process.argv[3] ?? Date.now() % 2 ** 32);
const MIB = 1024 * 1024;
/** In the second half all that is ever needed is there: what grows then is a leak. Garbage waits for its collection. */
const LEAK = 48 * MIB;
/** Files that a process opens in its first seconds for itself. */
const FEW = 5;
/** A client with manners gets 99 of 100 answers within this time (ms). */
const PATIENCE = 1_000;

const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const APPS = fileURLToPath(new URL('../fixtures/apps', import.meta.url));
const root = mkdtempSync('/tmp/zdm-soak-');
const home = path.join(root, 'home');

function zdm(...args) {
  const { ZDM_HOME: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    env: { ...env, ZDM_HOME: home, PORT: '0' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`zdm ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const shown = (bytes) => `${Math.round(bytes / MIB)} MiB`;
const state = () => {
  const [{ masterPid, generation, restarts, up, workers }] = JSON.parse(zdm('list', '--json'));
  return JSON.stringify({ masterPid, generation, restarts, up, workers: workers.map(({ pid }) => pid) });
};

const wrong = [];
const random = randomFrom(SEED);
console.log(`${FRAMES} frames to each socket, seed ${SEED}`);
try {
  cpSync(path.join(APPS, 'shared'), path.join(root, 'shared'), { recursive: true });
  cpSync(path.join(APPS, 'http.js'), path.join(root, 'http.js'));
  zdm('start', path.join(root, 'http.js'), '--name', 'api');
  const { pid } = JSON.parse(zdm('ping', '--json'));
  const { masterPid } = JSON.parse(zdm('list', '--json'))[0];
  const before = state();
  for (const [what, file, served] of [
    ['daemon', 'zdmd.sock', pid],
    ['master', 'master.sock', masterPid],
  ]) {
    const report = await fuzzSocket({ path: path.join(home, file), pid: served, frames: FRAMES, random });
    const { seconds, ended, before: first, middle, highest, after, ping } = report;
    console.log(
      `${what}: ${report.frames} frames in ${seconds}s, ${ended} connections broken off; memory ${shown(first.memory)}, ` +
        `${shown(middle)} at half, ${shown(highest)} at most, ${shown(after.memory)} after; files ${first.files}, then ${after.files}; ` +
        `of ${ping.asked} pings p50 ${ping.p50}ms, p99 ${ping.p99}ms, slowest ${ping.max}ms`,
    );
    if (after.memory - middle > LEAK) wrong.push(`the ${what} grows`);
    if (after.files > first.files + FEW) wrong.push(`the ${what} keeps files open`);
    if (ping.p99 > PATIENCE) wrong.push(`the ${what} keeps others waiting`);
  }
  if (JSON.parse(zdm('ping', '--json')).pid !== pid) wrong.push('the daemon is another one');
  if (state() !== before) wrong.push(`the app is not as it was: ${before}, then ${state()}`);
  if (readFileSync(path.join(home, 'zdmd.log'), 'utf8').includes('"bug"')) wrong.push('there is a bug in the log');
} finally {
  zdm('kill');
  if (wrong.length === 0) rmSync(root, { recursive: true });
}
if (wrong.length > 0) {
  console.error(`Seed ${SEED}: ${wrong.join('; ')}. What is left: ${root}`);
  process.exitCode = 1;
}

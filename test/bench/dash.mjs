// npm run bench:dash: what the dashboard costs, against its budgets. Sixty workers, every value of which changes once a second.
// Figures are measured, not asserted: it prints and always exits 0; people judge.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { cleanEnvironment } from './command.mjs';
import { heapGrowth } from './dash-heap.mjs';
import { canCountInstructions, openSession } from './dash-session.mjs';
import { startFakeDaemon } from './fake-zdmd.mjs';
import { APPS, WORKERS } from './fleet.mjs';
import { describeMachine, warnIfBusy } from './noise.mjs';
import { memoryOf } from './proc.mjs';
import { alternate, median } from './stats.mjs';
import { makeWorkspace } from './workspace.mjs';
import { isBuilt } from './zdm.mjs';

const COUNTER = fileURLToPath(new URL('count-writes.cjs', import.meta.url));
const SMALL = { columns: 80, rows: 24 };
const BIG = { columns: 200, rows: 50 };
const WINDOW = 20;
const WARM_UP_MS = 4000;
const RIGHT = '\u001B[C';

/** Each row of a frame, with its number. */
const ROWS = new RegExp(String.raw`\u001B\[(\d+);1H(.*?)(?=\u001B\[\d+;1H|$)`, 'gs');

const hasApps = (frame) => frame.includes('thumbnailer');

async function main() {
  if (process.platform !== 'linux') throw new Error('The benchmarks read /proc and run on Linux only.');
  if (!isBuilt()) throw new Error('zdm is not built: npm run build');
  describeMachine();
  if (!(await canCountInstructions())) console.log('perf is missing or may not count: no instructions per frame.');
  await warnIfBusy();
  console.log(`${APPS} apps with ${WORKERS} workers each, all figures new every second\n`);
  const workspace = makeWorkspace();
  const leave = () => void workspace.cleanup().finally(() => process.exit(130));
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    const home = workspace.folder('home');
    const daemon = await startFakeDaemon(workspace, home);
    // With colours, which cost bytes.
    const { NO_COLOR: _, ...rest } = cleanEnvironment();
    const env = { ...rest, ZDM_HOME: home, LC_ALL: 'C.UTF-8' };
    const around = { workspace, daemon, env, home };
    await firstFrame(around);
    await overview(around, SMALL, { cpu: 2, bytes: 3, instructions: 15 });
    await overview(around, BIG, { cpu: 4, bytes: 12, instructions: 25 });
    await oneApp(around);
    await idle(around);
    await logs(around);
    await memory(around);
  } finally {
    await workspace.cleanup();
  }
}

async function firstFrame({ workspace, env }) {
  const bare = { times: [], run: (session) => session.exited.then(() => performance.now()), args: ['-e', '0'] };
  const dash = { times: [], run: (session) => session.frame(hasApps), args: undefined };
  await alternate([bare, dash], 11, async ({ times, run, args }, round) => {
    const session = openSession(workspace, { ...SMALL, env, args });
    const took = (await run(session)) - session.started;
    if (args === undefined) await session.close();
    // The first round fills the cache of compiled code.
    if (round > 0) times.push(took);
  });
  const [start, shown] = [median(bare.times), median(dash.times)];
  print('bare node, from start to end (median)', `${start.toFixed(0)} ms`);
  verdict('first frame with all apps, beyond that', shown - start, 250, 'ms', 0);
}

/** The table with as many workers as have room. */
async function overview({ workspace, daemon, env }, size, budget) {
  daemon.figures();
  const session = await opened(workspace, { ...size, env });
  // From the last app upwards: below an open app the next row would be its worker.
  session.press('G');
  for (let app = 0; app < APPS; app += 1) session.press(`${RIGHT}k`);
  await pause(WARM_UP_MS);
  const used = await session.watch(WINDOW);
  const name = `${size.columns}x${size.rows}`;
  verdict(`CPU of a core, ${name}`, used.cpu, budget.cpu, '%', 2);
  printCost(name, used, budget);
  await session.close();
}

/** The screen of one app, with its graphs. */
async function oneApp({ workspace, daemon, env }) {
  daemon.figures();
  const session = await opened(workspace, { ...BIG, env });
  session.press('\r');
  await pause(WARM_UP_MS);
  const used = await session.watch(WINDOW);
  verdict('CPU of a core, one app, 200x50', used.cpu, 4, '%', 2);
  printCost('one app', used, { bytes: 12, instructions: 25 });
  await session.close();
}

async function idle({ workspace, daemon, env }) {
  daemon.quiet();
  const session = await opened(workspace, { ...BIG, env });
  await pause(WARM_UP_MS);
  const used = await session.watch(WINDOW);
  verdict('CPU of a core, nothing changes, 200x50', used.cpu, 0.3, '%', 2);
  await session.close();
}

async function logs({ workspace, daemon, env }) {
  daemon.figures();
  daemon.output(1000);
  const session = await opened(workspace, { ...BIG, env });
  const arrived = session.frame((frame) => frame.includes('/orders/'), 5000).catch(() => null);
  session.press('l');
  if ((await arrived) === null)
    print('CPU of a core, 1,000 lines/s, 200x50', 'not measured: no line came to the screen');
  else {
    await pause(WARM_UP_MS);
    const used = await session.watch(WINDOW);
    verdict('CPU of a core, 1,000 lines/s, 200x50', used.cpu, 5, '%', 2);
    print('  frames and bytes per second', `${used.frames.toFixed(1)}, ${kilobytes(used.bytes)}`);
  }
  await session.close();
  daemon.quiet();
}

/** Of one that runs beside the rest, and for a minute at least. */
async function memory(around) {
  around.daemon.figures();
  const session = await opened(around.workspace, { ...BIG, env: around.env });
  await pause(WARM_UP_MS);
  const from = performance.now();
  const first = memoryOf(session.pid).rss;
  await keys(around);
  await heap(around);
  await pause(Math.max(0, from + 60_000 - performance.now()));
  const last = memoryOf(session.pid).rss;
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  verdict('resident memory', last, 90, 'MB', 1);
  print(`  grown in ${seconds} s by`, `${(last - first).toFixed(1)} MB`);
  await session.close();
}

/** From a key to the row under the cursor, while figures come in; and how many writes a frame took in all that. */
async function keys({ workspace, daemon, env, home }) {
  daemon.figures();
  const file = path.join(home, 'writes.json');
  const counting = { NODE_OPTIONS: `--require ${COUNTER}`, COUNT_WRITES: file };
  const session = await opened(workspace, { ...BIG, env: { ...env, ...counting } });
  await pause(1000);
  const times = [];
  let row = null;
  for (let press = 0; press < 61; press += 1) {
    await pause(40 + Math.random() * 120);
    const pressed = performance.now();
    const painted = session.frame((frame) => {
      const cursor = cursorRow(frame);
      if (cursor === null || cursor === row) return false;
      row = cursor;
      return true;
    }, 2000);
    session.press(press % 2 === 0 ? 'j' : 'k');
    const at = await painted.catch(() => null);
    // Before the first one it is not known where the cursor is.
    if (press > 0) times.push(at === null ? 2000 : at - pressed);
  }
  await session.close();
  const sorted = times.toSorted((a, b) => a - b);
  verdict(`key to paint, p95 of ${times.length}`, sorted[Math.ceil(0.95 * sorted.length) - 1], 50, 'ms', 0);
  print('  median', `${median(times).toFixed(0)} ms`);
  const { writes, frames } = JSON.parse(readFileSync(file, 'utf8'));
  // Two more are for entering and leaving the terminal.
  verdict(`writes per frame, of ${frames} frames`, (writes - 2) / frames, 1, '', 3);
}

async function heap({ workspace }) {
  const { growth, heap: before, store, paint } = await heapGrowth(workspace.folder('heap'), BIG);
  verdict('heap growth over 10,000 frames, 200x50', growth / 1024 / 1024, 1, 'MB', 2);
  print('  heap', `${(before / 1024 / 1024).toFixed(1)} MB`);
  print('  per frame: state; painting and line diff', `${store.toFixed(2)} ms; ${paint.toFixed(2)} ms`);
}

async function opened(workspace, options) {
  const session = openSession(workspace, options);
  await session.frame(hasApps);
  return session;
}

/** The row that is written with the mark of the cursor; null when none is. */
function cursorRow(frame) {
  for (const [, row, text] of frame.matchAll(ROWS)) {
    if (stripVTControlCharacters(text).startsWith('>')) return Number(row);
  }
  return null;
}

function printCost(name, used, { bytes, instructions }) {
  verdict(`  bytes per second, ${name}`, used.bytes / 1024, bytes, 'KB', 1);
  if (used.perFrame !== null) verdict(`  instructions per frame, ${name}`, used.perFrame / 1e6, instructions, 'M', 1);
  print('  frames per second', used.frames.toFixed(1));
}

function verdict(name, value, budget, unit, digits) {
  const said = value <= budget ? 'ok' : 'OVER';
  print(name, `${value.toFixed(digits)} ${unit}`.trim(), `${budget} ${unit}`.trim(), said);
}

function print(name, value, budget = '', said = '') {
  const limit = budget === '' ? '' : `budget ${budget}`;
  console.log(`  ${name.padEnd(46)} ${value.padStart(12)}  ${limit.padEnd(14)} ${said}`.trimEnd());
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}

await main();

// npm run pictures: the dashboard with real apps under load, as docs/pictures/*.svg for the README.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeWorkspace } from '../bench/workspace.mjs';
import { startFleet } from './fleet.mjs';
import { svgOf } from './svg.mjs';
import { openTerminal } from './terminal.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = path.join(ROOT, 'docs', 'pictures');
const SIZE = { columns: 100, rows: 30 };
/** So that graphs and counters have something to show. */
const LOAD_MS = 25_000;

async function main() {
  const workspace = makeWorkspace();
  const leave = () => void workspace.cleanup().finally(() => process.exit(130));
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    const fleet = await startFleet(workspace);
    const args = [path.join(ROOT, 'dist', 'cli.cjs'), 'dash'];
    const { NO_COLOR: _, ...rest } = fleet.env;
    const env = { ...rest, LC_ALL: 'C.UTF-8' };
    const terminal = openTerminal(process.execPath, args, { ...SIZE, cwd: fleet.folder, env });
    workspace.atEnd(() => terminal.close());
    await terminal.shows(/api .*online/);
    await pause(LOAD_MS);
    save('overview', 'zdm dash: all apps, their workers and what they use', terminal);

    fleet.release();
    terminal.press('r');
    await fleet.halfway();
    terminal.press('v');
    await terminal.shows(/g1 → g2/);
    await pause(300);
    save('rollout', 'zdm dash: a reload, worker by worker', terminal);
    await fleet.settled();

    terminal.press('\u001B');
    await pause(500);
    terminal.press('l');
    await terminal.shows(/GET \/orders/);
    await pause(2000);
    save('logs', 'zdm dash: what the workers of an app print', terminal);
    terminal.press('\u0003');
  } finally {
    await workspace.cleanup();
  }
}

function save(name, title, terminal) {
  mkdirSync(FOLDER, { recursive: true });
  const file = path.join(FOLDER, `${name}.svg`);
  writeFileSync(file, svgOf(terminal.cells(), title));
  console.log(`${path.relative(ROOT, file)}\n${terminal.text()}\n`);
}

await main();

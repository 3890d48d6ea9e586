// PM2 as a contender: installed into the workspace, with a home of its own. The only part that needs a network.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment, output } from './command.mjs';
import { writeConfig } from './workspace.mjs';
import { once } from './zdm.mjs';

const SPEC = 'pm2@7';

/** @typedef {{ cli: string, version: string }} Pm2 */

/**
 * Installs PM2; null, with a line that says so, when that is not possible.
 *
 * @param {import('./workspace.mjs').Workspace} workspace
 * @returns {Promise<Pm2 | null>}
 */
export async function preparePm2(workspace) {
  const folder = workspace.folder('pm2');
  const args = ['install', SPEC, '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  try {
    await promisify(execFile)('npm', args, { cwd: folder, timeout: 180_000 });
    const root = path.join(folder, 'node_modules/pm2');
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    console.log(`PM2 ${version} installed for comparison`);
    return { cli: path.join(root, 'bin/pm2'), version };
  } catch (error) {
    console.log(`SKIPPED: PM2 could not be installed (${String(error.message).split('\n')[0]}).`);
    return null;
  }
}

/**
 * Starts `count` apps with `instances` each.
 *
 * @param {Pm2} pm2
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {number} count
 * @param {number} instances
 */
export async function startPm2({ cli, version }, workspace, count, instances) {
  const folder = workspace.folder(`p${count}-${instances}`);
  const home = path.join(folder, 'home');
  const env = { ...cleanEnvironment(), PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true' };
  const { file, ports } = await writeConfig(folder, count, instances);
  const stop = once(() => output(cli, ['kill'], env));
  workspace.atEnd(stop);
  await output(cli, ['start', file], env);
  const text = await output(cli, ['jlist'], env);
  const workers = JSON.parse(text.slice(text.indexOf('[{'))).map(({ pid }) => pid);
  const daemon = Number(readFileSync(path.join(home, 'pm2.pid'), 'utf8'));
  // Its daemon is the cluster primary of all apps, too.
  return {
    name: `PM2 ${version}`,
    env,
    list: [cli, 'list'],
    ports,
    daemon,
    masters: [],
    workers,
    busy: [daemon, ...workers],
    stop,
  };
}

// zdm as a contender: the built command with a home of its own.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, output } from './command.mjs';
import { writeConfig } from './workspace.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

export const isBuilt = () => existsSync(CLI);

/**
 * Starts `count` apps with `instances` each.
 *
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {number} count
 * @param {number} instances
 * @param {{ name?: string, fields?: object }} [variant] another name for it, and further fields of the config
 */
export async function startZdm(workspace, count, instances, { name = 'zdm', fields = {} } = {}) {
  const folder = workspace.folder(`${name.replaceAll(/\W/g, '')}${count}-${instances}`);
  const env = { ...cleanEnvironment(), ZDM_HOME: `${folder}/home` };
  const { file, ports } = await writeConfig(folder, count, instances, fields);
  const stop = once(() => output(CLI, ['kill'], env));
  workspace.atEnd(stop);
  await output(CLI, ['start', file], env);
  const apps = JSON.parse(await output(CLI, ['list', '--json'], env));
  const ping = JSON.parse(await output(CLI, ['ping', '--json'], env));
  const masters = [...new Set(apps.map(({ masterPid }) => masterPid))];
  const workers = apps.flatMap((app) => app.workers.map(({ pid }) => pid));
  return {
    name,
    env,
    list: [CLI, 'list'],
    ports,
    daemon: ping.pid,
    masters,
    workers,
    busy: [ping.pid, ...masters, ...workers],
    stop,
  };
}

/** @param {() => Promise<unknown>} action */
export function once(action) {
  let done;
  return () => (done ??= action());
}

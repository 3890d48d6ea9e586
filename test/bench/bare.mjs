// Node's own cluster module as a contender.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './command.mjs';
import { waitForPort } from './load.mjs';
import { childrenOf } from './proc.mjs';
import { freePort } from './workspace.mjs';

const SCRIPT = fileURLToPath(new URL('bare-cluster.cjs', import.meta.url));

/**
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {number} instances
 */
export async function startBare(workspace, instances) {
  const port = await freePort();
  const env = { ...cleanEnvironment(), PORT: `${port}`, INSTANCES: `${instances}` };
  const child = spawn(process.execPath, [SCRIPT], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
  };
  workspace.atEnd(stop);
  await waitForPort(port);
  return { name: 'bare node:cluster', ports: [port], busy: [child.pid, ...childrenOf(child.pid)], stop };
}

// A few apps such as people have, started by the built zdm in a home of its own, with clients that ask them.
import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, output } from '../bench/command.mjs';
import { freePort } from '../bench/workspace.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const SERVER = fileURLToPath(new URL('shop.cjs', import.meta.url));
const PATHS = ['/orders/1041', '/orders/77?items=all', '/cart', '/products?page=3', '/health', '/orders/9'];

/** @param {import('../bench/workspace.mjs').Workspace} workspace */
export async function startFleet(workspace) {
  const folder = workspace.folder('shop');
  const env = { ...cleanEnvironment(), ZDM_HOME: path.join(folder, 'home') };
  const zdm = (...args) => output(CLI, args, env);
  const [api, web] = [await freePort(), await freePort()];
  const version = path.join(folder, 'version.txt');
  writeFileSync(version, '1');
  const server = (name, instances, port, more = {}) => ({
    name,
    script: SERVER,
    cwd: folder,
    instances,
    env: { PORT: `${port}`, NAME: name, VERSION_FILE: version, BOOT_MS: '1500' },
    ...more,
  });
  const apps = [
    server('api', 4, api),
    server('web', 2, web),
    { name: 'mailer', script: SERVER, cwd: folder, instances: 1, listen_timeout: 500, env: { NAME: 'mailer' } },
    { name: 'nightly', script: SERVER, cwd: folder, instances: 1, env: { NAME: 'nightly' }, autorestart: false },
  ];
  const config = path.join(folder, 'zdm.config.json');
  writeFileSync(config, JSON.stringify({ apps }));
  workspace.atEnd(() => zdm('kill'));
  await zdm('start', config);
  await zdm('stop', 'nightly');
  const stopLoad = [startLoad(api, 24, 15), startLoad(web, 12, 40)];
  workspace.atEnd(() => stopLoad.map((stop) => stop()));
  /** Waits until the last operation of `api` is so far. */
  const until = async (fits) => {
    const last = async () =>
      JSON.parse(await zdm('list', '--json'))
        .find(({ name }) => name === 'api')
        .operations.at(-1);
    while (!fits(await last())) await pause(100);
  };
  return {
    env,
    folder,
    /** New code lies there. */
    release: () => writeFileSync(version, '2'),
    /** Some workers are replaced, and some are not. */
    halfway: () =>
      until(({ phase, slots }) => phase === 'running' && slots.filter((slot) => slot.phase === 'done').length === 2),
    /** The operation has ended. */
    settled: () => until(({ endedAt }) => endedAt !== null),
  };
}

/** Clients that keep their connections and ask at a human pace. */
function startLoad(port, clients, every) {
  const load = { over: false };
  const client = async (number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let asked = number; !load.over; asked += 1) {
      await ask({ port, agent, path: PATHS[asked % PATHS.length] });
      await pause(every + ((asked * 37) % every));
    }
    agent.destroy();
  };
  for (let number = 0; number < clients; number += 1) void client(number);
  return () => void (load.over = true);
}

/** Resolves at the end of the answer, or without one. */
function ask(options) {
  return new Promise((resolve) => {
    get(options, (response) => response.resume().once('end', resolve)).once('error', resolve);
  });
}

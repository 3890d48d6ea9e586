// The main job of zdm in a few seconds: an app is started, gets new code under load, and no client notices.
// Everything happens in a temporary folder with a daemon of its own, and is gone afterwards.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist', 'cli.cjs');
const folder = mkdtempSync(join(tmpdir(), 'zdm-demo-'));
const app = join(folder, 'hello');
const port = await freePort();
const env = { ...process.env, ZDM_HOME: join(folder, 'home'), PORT: String(port) };

process.once('SIGINT', () => {
  cleanUp();
  process.exit(130);
});
try {
  process.exitCode = (await demo()) ? 0 : 1;
} finally {
  cleanUp();
}

/** True when everything went as promised. */
async function demo() {
  if (!existsSync(cli)) {
    await run('building zdm', 'build.mjs', [], { cwd: root });
    say('');
  }
  cpSync(join(root, 'examples', 'hello'), app, { recursive: true });
  say('An app with two workers:');
  await zdm('start', 'zdm.config.cjs');

  say('\nEight clients keep their connections, ask without a break, and never try twice.');
  const load = startLoad(8);
  await pause(1000);
  say('Now its code changes:\n');
  writeFileSync(join(app, 'version.txt'), '2\n');
  await zdm('reload', 'hello');
  await pause(1000);
  const { answers, failures, sockets } = await load.stop();

  const total = [...answers.values()].reduce((sum, count) => sum + count, failures.length);
  say(
    `\nWhat the clients saw: ${number(total)} requests, ${number(failures.length)} failed, ${sockets} sockets opened`,
  );
  for (const [text, count] of answers) say(`  ${number(count).padStart(7)} × ${text}`);
  for (const failure of failures.slice(0, 5)) say(`  failed: ${failure}`);
  say('');
  await zdm('list');
  say('');
  await zdm('kill');
  return failures.length === 0 && answers.size === 2 && sockets === 8;
}

/** Clients with one keep-alive connection each. */
function startLoad(count) {
  const seen = { answers: new Map(), failures: /** @type {string[]} */ ([]), sockets: 0, over: false };
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!seen.over) {
      try {
        const text = await ask(agent, seen);
        seen.answers.set(text, (seen.answers.get(text) ?? 0) + 1);
      } catch (error) {
        seen.failures.push(error.message);
      }
      await pause(5);
    }
    agent.destroy();
  };
  const clients = Array.from({ length: count }, client);
  return {
    async stop() {
      seen.over = true;
      await Promise.all(clients);
      return seen;
    },
  };
}

function ask(agent, seen) {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', agent, timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.once('end', () => resolve(text.trim()));
      response.once('error', reject);
    });
    request.once('socket', () => (seen.sockets += request.reusedSocket ? 0 : 1));
    request.once('timeout', () => request.destroy(new Error('no answer within 10s')));
    request.once('error', reject);
  });
}

async function zdm(...words) {
  await run(`zdm ${words.join(' ')}`, cli, words, { cwd: app });
}

/** Runs a script of node to its end, its output in ours. */
async function run(name, script, args, { cwd }) {
  say(`$ ${name}`);
  const [code] = await once(spawn(process.execPath, [script, ...args], { cwd, env, stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`${name} ended with exit code ${code}`);
}

function cleanUp() {
  spawnSync(process.execPath, [cli, 'kill'], { env });
  rmSync(folder, { recursive: true, force: true });
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  await once(server, 'close');
  return free;
}

function number(value) {
  return value.toLocaleString('en-US');
}

function say(line) {
  console.log(line);
}

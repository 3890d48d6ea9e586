// A daemon that says what it is told to: the real protocol on the real socket, and no apps behind it.
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { figures, fleet, lines, pastOf } from './fleet.mjs';

const LINES_EVERY_MS = 100;

/**
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {string} home
 */
export async function startFakeDaemon(workspace, home) {
  const open = new Set();
  let second = 0;
  let line = 0;
  let timers = [];

  const say = (topic, event) => {
    for (const connection of open) connection.tell(topic, event);
  };
  const server = createServer((socket) => {
    const connection = serve(socket);
    open.add(connection);
    socket.once('close', () => open.delete(connection));
  });
  await new Promise((resolve) => server.listen(path.join(home, 'zdmd.sock'), resolve));
  const quiet = () => {
    for (const timer of timers.splice(0)) clearInterval(timer);
  };
  workspace.atEnd(() => {
    quiet();
    server.close();
  });
  return {
    /** Nothing happens any more. */
    quiet,
    /** Every second all figures are new. */
    figures() {
      quiet();
      timers = [setInterval(() => say('apps', { type: 'figures', figures: figures((second += 1)) }), 1000)];
    },
    /** So many lines of output a second, in small batches. */
    output(perSecond) {
      const count = Math.round((perSecond * LINES_EVERY_MS) / 1000);
      const more = () => say('output', lines((line += count), count));
      timers.push(setInterval(more, LINES_EVERY_MS));
    },
  };
}

/** One connection: greets, answers, and remembers what was subscribed to. */
function serve(socket) {
  const topics = new Map();
  const send = (message) => socket.write(`${JSON.stringify(message)}\n`);
  createInterface({ input: socket }).on('line', (text) => {
    const { id, method, params, topic, cancel } = JSON.parse(text);
    if (cancel !== undefined) topics.delete(cancel);
    else if (topic === undefined) send({ id, ...answer(method, params) });
    else {
      topics.set(id, topic);
      send({ id, snapshot: topic === 'apps' ? fleet() : [] });
    }
  });
  socket.on('error', () => {});
  return {
    tell(topic, event) {
      for (const [id, followed] of topics) if (followed === topic) send({ id, event });
    },
  };
}

function answer(method, params) {
  if (method === 'hello') return { result: { ...params, pid: process.pid } };
  if (method === 'list') return { result: fleet() };
  if (method === 'history') return { result: fleet().map(({ name }) => pastOf(name)) };
  return { error: { code: 'UNKNOWN_METHOD', message: `There is no ${method} here.` } };
}

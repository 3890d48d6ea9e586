// A worker ends in the middle of its work, and clients that were between two requests do not notice.
import { describe, expect, test } from 'vitest';
import { until } from '../../helpers/until.ts';
import { get, joinPort, type RawClient } from '../connections/raw-client.ts';
import { listens, smallMaster, type SmallMaster } from '../master/small-master.ts';

/** One for each thing that the master may do meanwhile; more of them find what is rare. */
const RUNS = Number(process.env['RELEASE_RUNS'] ?? 3);

/** Two servers, which must not be mixed up. */
const WORKER = `
for (const name of ['A', 'B']) require('http').createServer((request, response) => {
  if (request.url === '/throws') throw new Error('on purpose');
  if (request.url === '/exits') process.exit(3);
  response.end('<' + process.pid + name + request.url + '>');
}).listen(0);`;

interface Client extends RawClient {
  readonly name: string;
}

async function joinAll(master: SmallMaster, count: number): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const client = await joinPort(master.ports[index % 2]!);
      return Object.assign(client, { name: 'AB'[index % 2]! });
    }),
  );
}

async function exchange(all: readonly Client[], pid: number, path: string): Promise<void> {
  for (const client of all) client.send(get(path));
  await Promise.all(all.map((client) => client.gets(`<${pid}${client.name}${path}>`)));
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const ENDS = [
  ['an exception', '/throws'],
  ['process.exit()', '/exits'],
] as const;

describe.each(ENDS)('by %s', (_, path) => {
  test.for([1, 20, 200])('%d idle connections go on with the next worker', { timeout: 600_000 }, async (count) => {
    const master = await smallMaster();
    let current = master.fork(WORKER);
    await listens(current, 2);
    master.admit(current);
    const all = await joinAll(master, count);
    for (let run = 0; run < RUNS; run += 1) {
      const next = master.fork(WORKER);
      await listens(next, 2);
      await exchange(all, current.pid, `/${run}`);
      // Its request is the one that is lost.
      const cause = await joinPort(master.ports[0]!);
      cause.send(get('/cause'));
      await cause.gets(`<${current.pid}A/cause>`);
      cause.send(get(path));
      // A master that is busy just then reads it later.
      if (run % 3 === 1) block(50);
      if (run % 3 === 2) await until(() => !master.handles.has(current.id));
      else await until(() => current.process.hasEnded, { every: 1 });
      master.admit(next);
      await exchange(all, next.pid, `/${run}/after`);
      await until(() => cause.ended !== null);
      current = next;
    }
    expect(all.filter(({ ended }) => ended !== null)).toEqual([]);
  });
});

test('what it was just giving away goes on, too', { timeout: 600_000 }, async () => {
  for (let run = 0; run < RUNS; run += 1) {
    const master = await smallMaster();
    // It ends in the turn after its drain began: most wait for an acknowledgement then.
    const old = master.fork(`${WORKER} process.on('zdm:drain', () => setImmediate(() => process.exit(1)));`);
    const next = master.fork(WORKER);
    await listens(old, 2);
    await listens(next, 2);
    master.admit(old);
    const all = await joinAll(master, 100);
    await exchange(all, old.pid, '/1');
    master.dismiss(old);
    master.admit(next);
    old.tell({ act: 'drain', move: true, within: 1_000, status: 1012 });
    await until(() => !master.handles.has(old.id));
    await exchange(all, next.pid, '/2');
    for (const { socket } of all) socket.destroy();
  }
});

test('nobody gets them where nobody is to have them', async () => {
  const master = await smallMaster();
  const worker = master.fork(`${WORKER} process.on('zdm:drain', () => setImmediate(() => process.exit(1)));`);
  await listens(worker, 2);
  master.admit(worker);
  const all = await joinAll(master, 4);
  await exchange(all, worker.pid, '/1');
  master.dismiss(worker);
  worker.tell({ act: 'drain', move: false, within: 0, status: 1001 });
  await until(() => all.every(({ ended }) => ended !== null));
  expect(master.handOut.waiting).toBe(0);
});

test('what it has answered is told', async () => {
  const master = await smallMaster();
  const worker = master.fork(WORKER);
  await listens(worker, 2);
  master.admit(worker);
  const client = await joinPort(master.ports[0]!);
  for (let turn = 1; turn <= 3; turn += 1) {
    client.send(get(`/${turn}`));
    await client.gets(`<${worker.pid}A/${turn}>`);
  }
  client.send(get('/exits'));
  await until(() => !master.handles.has(worker.id));
  expect(worker.answered.requests).toBe(3);
});

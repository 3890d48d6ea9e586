// What an app knows of its channel: `process.send` and the rest, in real workers, with a master that goes and comes back.
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { WorkerHandle } from '../../../../daemon/master/workers/worker-handle.ts';
import { onceEvent, until } from '../../../helpers/until.ts';
import { smallMaster, type SmallMaster } from '../../master/small-master.ts';

/**
 * Before each program. `print` prints a line; `alone` calls back when this process has noticed that its master has gone;
 * `stay` keeps it from ending by itself.
 */
const BEFORE = `
  const print = (...values) => console.log(JSON.stringify(values));
  const pipe = process[Object.getOwnPropertySymbols(process).find(({ description }) => description === 'kChannelHandle')];
  const alone = (then) => { const timer = setInterval(() => { if (pipe.fd < 0) { clearInterval(timer); then(); } }, 5); };
  const stay = () => setInterval(() => undefined, 1000);
`;

const start = (master: SmallMaster, code: string): WorkerHandle => master.fork(BEFORE + code);

/** What the workers printed: a list for each line. */
const lines = (master: SmallMaster): unknown[] =>
  master.output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

const printed = (master: SmallMaster, count: number): Promise<unknown[]> =>
  until(() => lines(master).length >= count && lines(master), { message: () => master.output });

/** A socket to send. What was sent before it was read before it, and its arrival is told. */
async function socket(): Promise<object> {
  const server = createServer().listen(0, '127.0.0.1');
  await onceEvent(server, 'listening');
  onTestFinished(() => void server.close());
  return (server as unknown as { _handle: object })._handle;
}

/** Resolves when the worker has read all that was said to it. */
async function hasRead(worker: WorkerHandle): Promise<void> {
  worker.giveSocket({ act: 'spare', key: 'none', after: 0 }, await socket());
  await until(() => worker.unanswered === 0);
}

const ended = (master: SmallMaster, { id }: WorkerHandle): Promise<unknown> => until(() => !master.handles.has(id));

describe('process.send', () => {
  test('takes all the forms that node’s own has', async () => {
    const master = await smallMaster();
    start(
      master,
      `stay();
      print(process.connected, typeof process.channel, typeof process.disconnect);
      const done = (form) => (error) => print(form, error);
      print(
        process.send('text'), process.send({ n: 1 }, done('two')), process.send(7, undefined, done('three')),
        process.send([1], undefined, {}, done('four')), process.send(null), process.send(true), process.send({ n: 2 }, null),
      );`,
    );
    const all = await printed(master, 5);
    expect(all.slice(0, 2)).toEqual([
      [true, 'object', 'function'],
      [true, true, true, true, true, true, true],
    ]);
    expect(all.slice(2)).toEqual([
      ['two', null],
      ['three', null],
      ['four', null],
    ]);
    await until(() => master.said.length === 7);
    expect(master.said).toEqual(['text', { n: 1 }, 7, [1], null, true, { n: 2 }]);
  });

  test('sends what the message was at that moment', async () => {
    const master = await smallMaster();
    start(master, `stay(); const message = { n: 1 }; process.send(message); message.n = 2;`);
    await until(() => master.said.length === 1);
    expect(master.said).toEqual([{ n: 1 }]);
  });

  test('throws what node throws where there is no message', async () => {
    const master = await smallMaster();
    start(
      master,
      `stay();
      for (const message of [undefined, Symbol('x'), () => 1, 10n])
        try { process.send(message); } catch (error) { print(error.name, error.code); }`,
    );
    expect(await printed(master, 4)).toEqual([
      ['TypeError', 'ERR_MISSING_ARGS'],
      ['TypeError', 'ERR_INVALID_ARG_TYPE'],
      ['TypeError', 'ERR_INVALID_ARG_TYPE'],
      ['TypeError', 'ERR_INVALID_ARG_TYPE'],
    ]);
    expect(master.said).toEqual([]);
  });
});

describe('a message of the master', () => {
  test('is heard by the app, whatever it is', async () => {
    const master = await smallMaster();
    const worker = start(
      master,
      `process.on('message', (message, handle) => print(message, typeof handle)); process.send('up');`,
    );
    await until(() => master.said.length === 1);
    for (const message of ['shutdown', { type: 'x' }, 7]) worker.say(message);
    expect(await printed(master, 3)).toEqual([
      ['shutdown', 'undefined'],
      [{ type: 'x' }, 'undefined'],
      [7, 'undefined'],
    ]);
  });

  test('is heard at cluster.worker, too; one for which nobody listens yet does not wait', async () => {
    const master = await smallMaster();
    const worker = start(
      master,
      `stay();
      process.once('SIGUSR2', () => {
        require('node:cluster').worker.on('message', (message) => print('worker', message));
        process.on('message', (message) => print('process', message));
        process.send('listens');
      });
      process.send('up');`,
    );
    await until(() => master.said.length === 1);
    worker.say('early');
    await hasRead(worker);
    worker.process.kill('SIGUSR2');
    await until(() => master.said.length === 2);
    worker.say('late');
    expect(await printed(master, 2)).toEqual([
      ['worker', 'late'],
      ['process', 'late'],
    ]);
  });
});

describe('while no master is there', () => {
  test('the app notices nothing, and what it says is heard by the next', async () => {
    const master = await smallMaster({}, true);
    start(
      master,
      `stay();
      process.on('disconnect', () => print('disconnect'));
      process.on('error', (error) => print('error', error.message));
      process.on('message', (message) => print('message', message));
      process.send('before', () => alone(() => {
        print(process.connected, process.channel !== null, process.send('one'), process.send({ n: 2 }, (error) => print('done', error)));
      }));`,
    );
    await until(() => master.said.length === 1);
    master.leave();
    expect(await printed(master, 1)).toEqual([[true, true, true, true]]);
    await master.comeBack();
    await until(() => master.said.length === 3);
    expect(master.said).toEqual(['before', 'one', { n: 2 }]);
    const [worker] = [...master.handles.values()];
    worker!.say('welcome');
    expect((await printed(master, 3)).slice(1)).toEqual([
      ['done', null],
      ['message', 'welcome'],
    ]);
  });

  test('a thousand messages wait, in order; for others it is said that they do not', async () => {
    const master = await smallMaster({}, true);
    start(
      master,
      `stay();
      process.on('error', (error) => print('error', error.message));
      process.send('before', () => alone(() => {
        const sent = Array.from({ length: 1_003 }, (_, n) => process.send({ n }));
        const said = process.send({ n: -1 }, (error) => print(error.code));
        print(sent.filter(Boolean).length, sent.indexOf(false), said);
      }));`,
    );
    await until(() => master.said.length === 1);
    master.leave();
    expect(await printed(master, 2)).toEqual([[1_000, 1_000, false], ['ERR_ZDM_NO_MASTER']]);
    await master.comeBack();
    await until(() => master.said.length === 1_001);
    expect(master.said.slice(1)).toEqual(Array.from({ length: 1_000 }, (_, n) => ({ n })));
  });

  test('a megabyte waits; what is small enough still may', async () => {
    const master = await smallMaster({}, true);
    start(
      master,
      `stay();
      const text = 'x'.repeat(400_000);
      process.send('before', () => alone(() => {
        print([text, text, text, 'small'].map((one) => process.send(one)));
      }));`,
    );
    await until(() => master.said.length === 1);
    master.leave();
    expect(await printed(master, 1)).toEqual([[[true, true, false, true]]]);
    await master.comeBack();
    await until(() => master.said.length === 4);
    expect((master.said as string[]).map(({ length }) => length)).toEqual([6, 400_000, 400_000, 5]);
  });
});

describe('an end of the channel by the app', () => {
  test('process.disconnect() ends a worker, as with node:cluster, and the master hears why', async () => {
    const master = await smallMaster();
    const worker = start(
      master,
      `stay();
      require('node:cluster').worker.on('disconnect', () => print('disconnect', process.connected, process.channel));
      process.on('exit', (code) => print('exit', code));
      process.disconnect();
      print('in this turn', process.connected);`,
    );
    await ended(master, worker);
    expect(lines(master)).toEqual([
      ['in this turn', false],
      ['disconnect', false, null],
      ['exit', 0],
    ]);
    expect(master.left).toEqual([worker.id]);
  });

  test('cluster.worker.disconnect() leaves the worker, whose servers are the master’s to empty', async () => {
    const master = await smallMaster();
    const worker = start(
      master,
      `const cluster = require('node:cluster');
      require('node:http').createServer().listen(0, () => {
        cluster.worker.on('disconnect', () => print('disconnect', cluster.worker.exitedAfterDisconnect, process.connected));
        cluster.worker.disconnect();
        print('in this turn', process.connected);
      });`,
    );
    expect(await printed(master, 2)).toEqual([
      ['in this turn', true],
      ['disconnect', true, false],
    ]);
    await until(() => master.left.length === 1);
    await hasRead(worker);
    expect([master.left, worker.listening.length, worker.process.hasEnded]).toEqual([[worker.id], 1, false]);
  });

  test('after it there is nobody to talk to, and nobody is heard', async () => {
    const master = await smallMaster();
    const worker = start(
      master,
      `stay();
      process.removeAllListeners('disconnect');
      process.on('message', (message) => print('message', message));
      process.on('error', (error) => print('error', error.code));
      require('node:cluster').worker.on('error', () => undefined);
      process.disconnect();
      print(process.send('x', (error) => print('done', error.code)), process.send('x'));
      process.disconnect();`,
    );
    expect(await printed(master, 4)).toEqual([
      [false, false],
      ['error', 'ERR_IPC_DISCONNECTED'],
      ['done', 'ERR_IPC_CHANNEL_CLOSED'],
      ['error', 'ERR_IPC_CHANNEL_CLOSED'],
    ]);
    worker.say('is anybody there?');
    await hasRead(worker);
    expect([lines(master).length, master.said]).toEqual([4, []]);
  });
});

describe('a worker ends by itself', () => {
  test('when it has nothing to do, although its channel is open', async () => {
    const master = await smallMaster();
    await ended(master, start(master, `process.on('exit', (code) => print(code));`));
    expect(lines(master)).toEqual([[0]]);
  });

  test('not while it listens for messages, with or without a master', async () => {
    const master = await smallMaster({}, true);
    const worker = start(
      master,
      `const heard = (message) => {
        print(message);
        if (message === 'enough') process.off('message', heard);
      };
      process.on('message', heard);
      process.send('up');`,
    );
    await until(() => master.said.length === 1);
    master.leave();
    await master.comeBack();
    await until(() => worker.isLinked);
    worker.say('more');
    await printed(master, 1);
    worker.say('enough');
    await ended(master, worker);
    expect(lines(master)).toEqual([['more'], ['enough']]);
  });

  test('with its master, where it is not to outlive it', async () => {
    const master = await smallMaster();
    const worker = start(master, `stay(); process.on('exit', (code) => print(code)); process.send('up');`);
    await until(() => master.said.length === 1);
    master.leave();
    await ended(master, worker);
    expect(lines(master)).toEqual([[0]]);
  });
});

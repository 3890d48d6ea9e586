// Real unix sockets, both ends in this process.
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Channel, type ChannelEvents, type Sendable } from '../../../daemon/channel/channel.ts';
import { connectPipe, ipcPipeOf, nativePipe } from '../../../daemon/channel/pipes.ts';
import { onConnection, type ListenSocket } from '../../../daemon/connections/internals.ts';
import { inTime, onceEvent, until } from '../../helpers/until.ts';
import { tempFolder } from '../temp-folder.ts';

/** What came over a channel, in this order. */
class Heard implements ChannelEvents {
  readonly messages: unknown[] = [];
  readonly handles: (Sendable | undefined)[] = [];
  ends = 0;

  message(message: unknown, handle: Sendable | undefined): void {
    this.messages.push(message);
    this.handles.push(handle);
  }

  ended(): void {
    this.ends += 1;
    for (const handle of this.handles) handle?.close();
  }
}

interface Place {
  readonly socket: string;
  /** Any pipe. */
  readonly like: object;
  /** The next one that connects. */
  next(): Promise<{ channel: Channel; heard: Heard }>;
}

const handleOf = (server: Server): ListenSocket => (server as unknown as { _handle: ListenSocket })._handle;

async function place(): Promise<Place> {
  const socket = path.join(tempFolder(), 'x.sock');
  const server = createServer().listen(socket);
  await onceEvent(server, 'listening');
  const came: { channel: Channel; heard: Heard }[] = [];
  onConnection(handleOf(server), (accepted) => {
    const heard = new Heard();
    const channel = new Channel(ipcPipeOf(accepted), heard);
    onTestFinished(() => channel.close());
    came.push({ channel, heard });
  });
  onTestFinished(() => void server.close());
  return {
    socket,
    like: handleOf(server),
    async next() {
      await until(() => came.length > 0);
      return came.shift()!;
    },
  };
}

interface End {
  readonly channel: Channel;
  readonly heard: Heard;
}

async function pair(): Promise<{ worker: End; master: End }> {
  const { socket, like, next } = await place();
  const heard = new Heard();
  const channel = new Channel(await connectPipe(socket, like), heard);
  onTestFinished(() => channel.close());
  return { worker: { channel, heard }, master: await next() };
}

/** Somebody who speaks whatever they like. */
async function stranger(): Promise<{ socket: Socket; master: End }> {
  const { socket, next } = await place();
  const client = connect(socket);
  onTestFinished(() => void client.destroy());
  await onceEvent(client, 'connect');
  return { socket: client, master: await next() };
}

/** Listening sockets that can be told apart, and where each listens. */
async function sockets(count: number): Promise<{ handle: ListenSocket; port: number }[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await onceEvent(server, 'listening');
      onTestFinished(() => void server.close());
      return { handle: handleOf(server), port: portOf(handleOf(server)) };
    }),
  );
}

function portOf(handle: Sendable | undefined): number {
  const address: { port?: number } = {};
  (handle as ListenSocket).getsockname?.(address);
  return address.port!;
}

describe('messages', () => {
  test('go both ways, in order', async () => {
    const { worker, master } = await pair();
    for (let n = 0; n < 500; n += 1) {
      worker.channel.send({ n });
      master.channel.send({ n: -n, text: '\u2028\n"ü' });
    }
    await until(() => worker.heard.messages.length === 500 && master.heard.messages.length === 500);
    expect(master.heard.messages).toEqual(Array.from({ length: 500 }, (_, n) => ({ n })));
    expect(worker.heard.messages[499]).toEqual({ n: -499, text: '\u2028\n"ü' });
    expect(master.heard.handles.every((handle) => handle === undefined)).toBe(true);
  });

  test.each([['text'], [7], [false], [null], [[1, 2]], [{ act: 'x' }]])('may be %j', async (message) => {
    const { worker, master } = await pair();
    worker.channel.send(message);
    await until(() => master.heard.messages.length === 1);
    expect(master.heard.messages).toEqual([message]);
  });

  test('may be large, while the other side does not read yet', async () => {
    const { worker, master } = await pair();
    const text = 'ü'.repeat(3_000_000);
    worker.channel.send({ text });
    expect(worker.channel.unwritten).toBeGreaterThan(0);
    worker.channel.send({ after: true });
    await until(() => master.heard.messages.length === 2);
    expect(master.heard.messages).toEqual([{ text }, { after: true }]);
    expect(worker.channel.unwritten).toBe(0);
  });

  test('come together from pieces, also such as end within a character', async () => {
    const { socket, master } = await stranger();
    const bytes = Buffer.from('{"text":"grün \u{1f600}"}\n{"n":2}\n{"n":');
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      // One read each.
      await until(() => socket.writableLength === 0, { every: 1 });
    }
    await until(() => master.heard.messages.length === 2);
    socket.write('3}\n');
    await until(() => master.heard.messages.length === 3);
    expect(master.heard.messages).toEqual([{ text: 'grün \u{1f600}' }, { n: 2 }, { n: 3 }]);
  });

  test('that are none are passed over', async () => {
    const { socket, master } = await stranger();
    socket.write('Hello!\n\n{"half":\n{"n":1}\n\u0000\n{"n":2}\n');
    await until(() => master.heard.messages.length === 2);
    expect([master.heard.messages, master.channel.isOpen]).toEqual([[{ n: 1 }, { n: 2 }], true]);
  });

  test('that announce a handle which does not come are heard without it', async () => {
    const { socket, master } = await stranger();
    socket.write('{"n":1,"h":1}\n');
    await until(() => master.heard.messages.length === 1);
    expect([master.heard.messages, master.heard.handles]).toEqual([[{ n: 1, h: 1 }], [undefined]]);
  });
});

describe('handles', () => {
  test('300 on their way at once arrive in order, each with its message, with others in between', async () => {
    const { worker, master } = await pair();
    const all = await sockets(300);
    for (const [n, { handle, port }] of all.entries()) {
      worker.channel.send({ n, port }, handle);
      if (n % 3 === 0) worker.channel.send({ between: n, text: 'x'.repeat((n * 37) % 5_000) });
    }
    await until(() => master.heard.messages.length === 400, { message: () => String(master.heard.messages.length) });
    const got = master.heard.messages as { n?: number; port?: number }[];
    expect(got.flatMap(({ n }) => n ?? [])).toEqual(all.map((_, n) => n));
    for (const [at, { port }] of got.entries())
      if (port !== undefined) expect(portOf(master.heard.handles[at])).toBe(port);
      else expect(master.heard.handles[at]).toBeUndefined();
  });

  test('go both ways at once', async () => {
    const { worker, master } = await pair();
    const all = await sockets(60);
    for (const [n, { handle, port }] of all.entries()) (n % 2 ? worker : master).channel.send({ port }, handle);
    for (const { heard } of [worker, master]) {
      await until(() => heard.messages.length === 30);
      for (const [at, message] of heard.messages.entries())
        expect(portOf(heard.handles[at])).toBe((message as { port: number }).port);
    }
  });

  test('stay open on this side; it is said when the kernel has its copy, and not in this turn', async () => {
    const { worker, master } = await pair();
    const [one] = await sockets(1);
    let written = 0;
    worker.channel.send({ n: 1 }, one!.handle, () => (written += 1));
    expect(written).toBe(0);
    await until(() => written === 1 && master.heard.messages.length === 1);
    expect(portOf(one!.handle)).toBe(one!.port);
    expect(written).toBe(1);
  });

  test('of a listening socket accept on the other side, also when it was closed here', async () => {
    const { worker, master } = await pair();
    const server = createServer().listen(0, '127.0.0.1');
    await onceEvent(server, 'listening');
    const handle = handleOf(server);
    const port = portOf(handle);
    worker.channel.send({}, handle, () => void server.close());
    await until(() => master.heard.handles.length === 1 && !server.listening);
    const received = master.heard.handles[0] as ListenSocket;
    let accepted = 0;
    onConnection(received, (connection) => {
      accepted += 1;
      connection.close();
    });
    received.listen(511);
    const client = connect(port, '127.0.0.1');
    onTestFinished(() => void client.destroy());
    await until(() => accepted === 1);
  });
});

describe('the end', () => {
  test.each(['worker', 'master'] as const)(
    'of the %s is told to the other, once, after all it has sent',
    async (who) => {
      const both = await pair();
      const [ending, other] = who === 'worker' ? [both.worker, both.master] : [both.master, both.worker];
      const [one] = await sockets(1);
      ending.channel.send({ n: 1 });
      ending.channel.send({ n: 2 }, one!.handle);
      // When it is written: closing does not wait.
      await until(() => ending.channel.unwritten === 0);
      ending.channel.close();
      ending.channel.close();
      await until(() => other.heard.ends === 1);
      expect(other.heard.messages).toEqual([{ n: 1 }, { n: 2, h: 1 }]);
      expect([ending.heard.ends, ending.channel.isOpen, other.channel.isOpen]).toEqual([1, false, false]);
      other.channel.close();
      expect(other.heard.ends).toBe(1);
    },
  );

  test('makes sending do nothing, and what was to be sent can be closed all the same', async () => {
    const { worker, master } = await pair();
    worker.channel.close();
    await until(() => master.heard.ends === 1);
    const [one] = await sockets(1);
    for (const { channel } of [worker, master]) {
      await inTime(new Promise<void>((resolve) => channel.send({}, one!.handle, resolve)), 5_000, 'written');
      expect(channel.unwritten).toBe(0);
    }
    expect([worker.heard.messages, master.heard.messages]).toEqual([[], []]);
  });

  test('comes to whoever it was turned to, with what is read from then on', async () => {
    const { worker, master } = await pair();
    worker.channel.send({ n: 1 });
    await until(() => master.heard.messages.length === 1);
    const next = new Heard();
    master.channel.turnTo(next);
    worker.channel.send({ n: 2 });
    await until(() => next.messages.length === 1);
    worker.channel.close();
    await until(() => next.ends === 1);
    expect([master.heard.messages, master.heard.ends, next.messages]).toEqual([[{ n: 1 }], 0, [{ n: 2 }]]);
  });

  test('within a message stops the reading of those that came with it', async () => {
    const { socket, next } = await place();
    const client = connect(socket);
    onTestFinished(() => void client.destroy());
    const { channel, heard } = await next();
    channel.turnTo({
      message: (message) => (heard.message(message, undefined), channel.close()),
      ended: () => heard.ended(),
    });
    client.write('{"n":1}\n{"n":2}\n');
    await until(() => heard.ends === 1);
    expect(heard.messages).toEqual([{ n: 1 }]);
  });

  test('of what is not there: it cannot be connected to', async () => {
    const { socket, like } = await place();
    const away = `${socket}.not`;
    await expect(connectPipe(away, like)).rejects.toMatchObject({ code: 'ENOENT' });
    rmSync(socket);
    await expect(connectPipe(socket, like)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a process without a channel of node’s own has no such pipe', () => {
  expect(nativePipe({})).toBeUndefined();
});

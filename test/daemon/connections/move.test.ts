// A connection leaves one server and carries on with another one, and its client does not notice.
import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { HttpSocket } from '../../../daemon/connections/internals.ts';
import { detach, idleSockets } from '../../../daemon/connections/move.ts';
import { onceEvent, until } from '../../helpers/until.ts';
import { get, join, listen, post } from './raw-client.ts';

interface Named {
  readonly server: Server;
  readonly sockets: Set<HttpSocket>;
  readonly seen: string[];
}

/** Answers with its name, the path and the body. */
async function serve(name: string): Promise<Named> {
  const sockets = new Set<HttpSocket>();
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      seen.push(`${request.url}`);
      response.end(`<${name} ${request.url} ${body}>`);
    });
  });
  server.on('connection', (socket: HttpSocket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server);
  return { server, sockets, seen };
}

async function move(from: Named, to: Named): Promise<{ shell: HttpSocket; fresh: boolean }> {
  const [idle] = await until(() => {
    const found = idleSockets(from.server, from.sockets);
    return found.length > 0 && found;
  });
  const handle = detach(idle!.socket);
  to.server.emit('connection', new Socket({ handle, readable: true, writable: true } as object));
  return { shell: idle!.socket, fresh: idle!.fresh };
}

describe('a moved connection', () => {
  test('is served by the next owner, each request once, and the client keeps it', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    const client = await join(one.server);
    client.send(get('/1'));
    await client.gets('<one /1 >');
    expect((await move(one, two)).fresh).toBe(false);
    client.send(post('/2', 'body'));
    await client.gets('<two /2 body>');
    client.send(get('/3') + get('/4'));
    await client.gets('<two /4 >');
    expect([one.seen, two.seen]).toEqual([['/1'], ['/2', '/3', '/4']]);
    expect(client.ended).toBeNull();
  });

  test('may be one that has not sent a byte', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    const client = await join(one.server);
    expect((await move(one, two)).fresh).toBe(true);
    client.send(get('/1'));
    await client.gets('<two /1 >');
    expect(one.seen).toEqual([]);
  });

  test('may have a request on its way in the very turn it moves', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    const client = await join(one.server);
    client.send(get('/1'));
    await client.gets('<one /1 >');
    const [idle] = await until(() => {
      const found = idleSockets(one.server, one.sockets);
      return found.length > 0 && found;
    });
    const handle = detach(idle!.socket);
    client.send(get('/2'));
    // It waits in the kernel for whoever comes next.
    await until(() => client.socket.writableLength === 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(one.seen).toEqual(['/1']);
    two.server.emit('connection', new Socket({ handle, readable: true, writable: true } as object));
    await client.gets('<two /2 >');
    expect([one.seen, two.seen]).toEqual([['/1'], ['/2']]);
  });

  test('goes there and back again, many times', async () => {
    const pair = [await serve('one'), await serve('two')];
    const client = await join(pair[0]!.server);
    for (let turn = 0; turn < 50; turn += 1) {
      client.send(get(`/${turn}`));
      await client.gets(`<${turn % 2 === 0 ? 'one' : 'two'} /${turn} >`);
      await move(pair[turn % 2]!, pair[(turn + 1) % 2]!);
    }
    expect(client.text.split('HTTP/1.1 200').length - 1).toBe(50);
    expect(client.ended).toBeNull();
  });

  test('that the client ends is ended for the next owner', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    const client = await join(one.server);
    client.send(get('/1'));
    await client.gets('<one /1 >');
    await move(one, two);
    await until(() => two.sockets.size === 1);
    client.socket.end();
    await until(() => two.sockets.size === 0);
  });
});

describe('the shell that stays behind', () => {
  test('closes, so that the server’s count is right and it can close', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    const client = await join(one.server);
    client.send(get('/1'));
    await client.gets('<one /1 >');
    const { shell } = await move(one, two);
    await until(() => one.sockets.size === 0);
    expect(shell.destroyed).toBe(true);
    expect(await new Promise((resolve) => one.server.getConnections((_error, count) => resolve(count)))).toBe(0);
    const closed = onceEvent(one.server, 'close');
    one.server.close();
    await closed;
    client.send(get('/2'));
    await client.gets('<two /2 >');
    expect(client.ended).toBeNull();
  });

  test('does not answer or time out later', async () => {
    const [one, two] = [await serve('one'), await serve('two')];
    one.server.keepAliveTimeout = 50;
    const client = await join(one.server);
    client.send(get('/1'));
    await client.gets('<one /1 >');
    const { shell } = await move(one, two);
    let isTimedOut = false;
    shell.on('timeout', () => (isTimedOut = true));
    const late = Date.now() + 300;
    await until(() => Date.now() > late);
    expect([isTimedOut, client.ended]).toEqual([false, null]);
    client.send(get('/2'));
    await client.gets('<two /2 >');
  });
});

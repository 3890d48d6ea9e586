import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectPeer, servePeers } from '../../../daemon/os/unix-socket.ts';
import { NO_SERVICE, type Feed, type Service } from '../../../daemon/protocol/peer.ts';
import { onceEvent, until } from '../../helpers/until.ts';
import { compile, start } from '../program.ts';
import { tempFolder } from '../temp-folder.ts';

const LIMIT = 10_000;
const ANSWERS = 10_000_000;

const echo: Service = { ...NO_SERVICE, call: async (method, params) => ({ method, params }) };

async function serve(path: string, serviceFor: () => Service = () => echo): Promise<Server> {
  const server = await servePeers(path, LIMIT, serviceFor);
  onTestFinished(() => void server.close());
  return server;
}

async function join(path: string, onClose: () => void = () => undefined): ReturnType<typeof connectPeer> {
  const connection = await connectPeer(path, ANSWERS, onClose);
  onTestFinished(() => connection.close());
  return connection;
}

describe('servePeers', () => {
  test('answers on a socket that only this user may open', async () => {
    const path = `${tempFolder()}/apps/api/master.sock`;
    await serve(path);
    const { peer } = await join(path);
    expect(await peer.call('hello', { text: 'ü'.repeat(2_000) })).toEqual({
      method: 'hello',
      params: { text: 'ü'.repeat(2_000) },
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test('takes the place of a dead socket', async () => {
    const folder = tempFolder();
    const path = `${folder}/zdmd.sock`;
    const code = `import { servePeers } from './os/unix-socket.ts';
      import { NO_SERVICE } from './protocol/peer.ts';
      await servePeers(process.argv[2], 1000, () => NO_SERVICE);
      console.log('serving.');`;
    const dead = start(await compile(folder, code), [path]);
    await dead.said('serving.');
    dead.child.kill('SIGKILL');
    await dead.ended();
    await expect(join(path)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await serve(path);
    expect(await (await join(path)).peer.call('hello', 1)).toEqual({ method: 'hello', params: 1 });
  });

  test('is private from the first moment, whatever the umask', async () => {
    const path = `${tempFolder()}/zdmd.sock`;
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const serving = serve(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(0);
    await serving;
  });

  test('fails when there is no place', async () => {
    const path = `${tempFolder()}/zdmd.sock`;
    mkdirSync(`${path}/in-the-way`, { recursive: true });
    await expect(servePeers(path, LIMIT, () => echo)).rejects.toThrow();
    await expect(servePeers(`${tempFolder()}/${'long'.repeat(30)}.sock`, LIMIT, () => echo)).rejects.toThrow(
      /ENOENT|EINVAL/,
    );
  });

  test('gives each connection a service of its own', async () => {
    const path = `${tempFolder()}/zdmd.sock`;
    let count = 0;
    await serve(path, () => {
      count += 1;
      const mine = count;
      return { ...NO_SERVICE, call: async () => mine };
    });
    const first = await join(path);
    const second = await join(path);
    expect([await first.peer.call('who', {}), await second.peer.call('who', {})]).toEqual([1, 2]);
  });
});

describe('a connection', () => {
  test.each([
    ['missing.sock', 'ENOENT'],
    ['file.sock', 'UNSAFE_HOME'],
  ])('to %s is refused with %s', async (name, code) => {
    const folder = tempFolder();
    writeFileSync(`${folder}/file.sock`, '');
    await expect(connectPeer(`${folder}/${name}`, LIMIT, () => undefined)).rejects.toMatchObject({ code });
  });

  test('that the server loses ends what waits for it, once', async () => {
    const path = `${tempFolder()}/zdmd.sock`;
    const server = await serve(path, () => ({ ...NO_SERVICE, call: () => new Promise(() => undefined) }));
    const accepted = onceEvent(server, 'connection');
    let closes = 0;
    const { peer } = await join(path, () => (closes += 1));
    const [socket] = (await accepted) as [{ destroy(): void }];
    const waiting = peer.call('never', {});
    socket.destroy();
    await expect(waiting).rejects.toMatchObject({ code: 'DISCONNECTED' });
    await until(() => closes === 1);
  });

  test('that the client closes closes its feeds', async () => {
    const path = `${tempFolder()}/zdmd.sock`;
    let open = 0;
    const feed: Feed = { snapshot: () => 1, close: () => (open -= 1) };
    await serve(path, () => ({ ...NO_SERVICE, subscribe: () => ((open += 1), feed) }));
    const connection = await join(path);
    connection.peer.subscribe('x', {}, { snapshot: () => undefined, event: () => undefined, end: () => undefined });
    await until(() => open === 1);
    connection.close();
    await until(() => open === 0);
  });
});

/** What it gets for `bytes`, until the server hangs up. */
async function say(path: string, bytes: string | Buffer, hangUp = false): Promise<string> {
  const socket = connect(path);
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => undefined);
  if (hangUp) socket.end(bytes);
  else socket.write(bytes);
  await onceEvent(socket, 'close');
  return text;
}

describe('a stranger', () => {
  test.each([
    ['sends a frame that is too long', `{"id":1,"method":"${'x'.repeat(3 * LIMIT)}`, 'FRAME_TOO_LARGE'],
    ['floods it', Buffer.alloc(5_000_000, 'x'), 'FRAME_TOO_LARGE'],
  ])('%s: is told so and put out, the others stay', async (_title, bytes, code) => {
    const path = `${tempFolder()}/zdmd.sock`;
    await serve(path);
    const other = await join(path);
    // A flooder may lose the message: the rest of its flood resets the connection.
    const text = await say(path, bytes);
    if (text !== '' || bytes.length < 1_000_000) expect(text).toContain(code);
    expect(await other.peer.call('hello', 1)).toBeTruthy();
  });

  test.each(['', '{"id":1,"meth', 'GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0000garbage\n'])(
    'sends %j and leaves: nothing happens',
    async (bytes) => {
      const path = `${tempFolder()}/zdmd.sock`;
      await serve(path);
      await say(path, bytes, true);
      expect(await (await join(path)).peer.call('hello', 1)).toBeTruthy();
    },
  );
});

test('a reader that is slow for real gets a fresh snapshot, and the server keeps little for it', async () => {
  const path = `${tempFolder()}/zdmd.sock`;
  let value = 0;
  let push: ((event: unknown) => boolean) | undefined;
  const server = await serve(path, () => ({
    ...NO_SERVICE,
    subscribe: (_topic, _params, pushIt) => ((push = pushIt), { snapshot: () => value, close: () => undefined }),
  }));
  const accepted = onceEvent(server, 'connection');
  const socket = connect(path);
  onTestFinished(() => void socket.destroy());
  const [serving] = (await accepted) as [{ writableLength: number }];
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.write('{"id":1,"topic":"x"}\n');
  await until(() => text.includes('snapshot'));
  socket.pause();
  const padding = 'x'.repeat(50_000);
  let most = 0;
  for (let turn = 0; turn < 400; turn += 1) {
    value += 1;
    push!({ value, padding });
    most = Math.max(most, serving.writableLength);
    if (turn % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(most).toBeLessThan(1_500_000);
  expect(most).toBeGreaterThan(1_000_000);
  socket.resume();
  await until(() => text.includes('"snapshot":400'));
  value += 1;
  expect(push!({ value })).toBe(true);
  await until(() => text.endsWith('{"id":1,"event":{"value":401}}\n'));
});

test('the socket’s file is not a file that could be read', async () => {
  const path = `${tempFolder()}/zdmd.sock`;
  await serve(path);
  expect(existsSync(path)).toBe(true);
  expect(() => readFileSync(path)).toThrow();
});

describe('what is no socket of this user, or can be written by others', () => {
  const root = process.getuid?.() === 0;
  const file = (path: string): void => writeFileSync(path, 'not ours to delete');
  const link = (path: string): void => symlinkSync(`${path}.real`, path);
  const foreign = (path: string): void => chownSync(path, 4711, 4711);
  const open = (path: string): void => chmodSync(path, 0o666);
  const unsafe = (message: RegExp, hint: RegExp): Error =>
    expect.objectContaining({
      code: 'UNSAFE_HOME',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    }) as Error;

  test.each([
    ['a file', file, /zdmd\.sock is not a socket\.$/, /delete it: rm .*zdmd\.sock$/],
    ['a link', link, /zdmd\.sock is not a socket\.$/, /rm /],
  ])('%s is neither connected to nor replaced', async (_, make, message, hint) => {
    const path = `${tempFolder()}/zdmd.sock`;
    await serve(`${path}.real`);
    make(path);
    await expect(join(path)).rejects.toThrow(unsafe(message, hint));
    await expect(servePeers(path, LIMIT, () => echo)).rejects.toThrow(unsafe(message, hint));
    expect(lstatSync(path).isSocket()).toBe(false);
  });

  test.runIf(root)('the socket of another user', async () => {
    const path = `${tempFolder()}/zdmd.sock`;
    await serve(path);
    foreign(path);
    const error = unsafe(/belongs to another user \(uid 4711\)\.$/, /rm /);
    await expect(join(path)).rejects.toThrow(error);
    await expect(servePeers(path, LIMIT, () => echo)).rejects.toThrow(error);
  });

  test('one that others can write to is not connected to', async () => {
    const path = `${tempFolder()}/zdmd.sock`;
    await serve(path);
    open(path);
    await expect(join(path)).rejects.toThrow(
      unsafe(/can be written by others\.$/, /^Close it: chmod 600 .*zdmd\.sock$/),
    );
    chmodSync(path, 0o600);
    await join(path);
  });
});

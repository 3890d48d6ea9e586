import { describe, expect, test } from 'vitest';
import { ZdmError, type ErrorCode } from '../../../daemon/protocol/errors.ts';
import { NO_SERVICE, Peer, type Service } from '../../../daemon/protocol/peer.ts';
import { until } from '../../helpers/until.ts';
import { CODES } from './codes.ts';
import { memoryPair } from './memory-pair.ts';

const ignore = (): void => undefined;
const never = new Promise<never>(ignore);

const service: Service = {
  ...NO_SERVICE,
  call: async (method, params) => {
    if (method === 'echo') return params;
    if (method === 'nothing') return undefined;
    if (method === 'fail') throw new ZdmError(params as ErrorCode, 'what and why', 'do this');
    if (method === 'bug') throw new TypeError('x is undefined');
    if (method === 'silent') return never;
    if (method === 'circle') return ((circle) => Object.assign(circle, { circle }))({});
    return NO_SERVICE.call(method, params);
  },
};

describe('a call', () => {
  test.each([1, 7, 65_536])('gives what the other side answers, in pieces of %i bytes', async (piece) => {
    const { client } = memoryPair(service, { piece });
    expect(await client.call('echo', { text: 'größer 😀\n', list: [1, null] })).toEqual({
      text: 'größer 😀\n',
      list: [1, null],
    });
  });

  test('without a result gives null', async () => {
    expect(await memoryPair(service).client.call('nothing', {})).toBeNull();
  });

  test('many at once each get their own answer', async () => {
    const { client } = memoryPair(service, { piece: 11 });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => client.call('echo', { index })));
    expect(answers).toEqual(Array.from({ length: 200 }, (_, index) => ({ index })));
  });

  test('beyond 4,096 that are not answered yet is refused, until one of them is', async () => {
    let answer = ignore;
    const { client } = memoryPair({
      ...service,
      call: (method) =>
        method === 'wait' ? new Promise((resolve) => (answer = () => resolve(1))) : service.call(method, 1),
    });
    const waiting = Array.from({ length: 4_096 }, () => client.call('wait', {}));
    for (const one of waiting) one.catch(ignore);
    await expect(client.call('echo', 1)).rejects.toMatchObject({ code: 'BAD_REQUEST', message: /Too many calls/ });
    answer();
    await waiting.at(-1);
    expect(await client.call('echo', 1)).toBe(1);
  });

  test.each(CODES)('fails with the code, message and hint of the other side: %s', async (code) => {
    const failure = await memoryPair(service)
      .client.call('fail', code)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ZdmError);
    expect(failure).toMatchObject({ code, message: 'what and why', hint: 'do this' });
  });

  test.each([
    ['bug', 'INTERNAL', /x is undefined/],
    ['circle', 'INTERNAL', /circular/i],
    ['constructor', 'UNKNOWN_METHOD', /"constructor"/],
    ['nonsense', 'UNKNOWN_METHOD', /"nonsense"/],
  ])('%s fails with %s', async (method, code, message) => {
    const { client } = memoryPair(service);
    await expect(client.call(method, {})).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(await client.call('echo', 1)).toBe(1);
  });

  test('fails with TIMEOUT when no answer comes, and a late answer is nobody’s', async () => {
    let answer: (value: string) => void = ignore;
    const { client, sent } = memoryPair({ ...service, call: () => new Promise((resolve) => (answer = resolve)) });
    await expect(client.call('slow', {}, 20)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('"slow"') as string,
    });
    answer('late');
    await until(() => sent.server.length === 1);
    await expect(client.call('slow', {}, 20)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(sent.client).toHaveLength(2);
  });

  test('fails with DISCONNECTED when the connection ends, all that wait and all later ones', async () => {
    const pair = memoryPair(service);
    const waiting = [1, 2, 3].map(() => pair.client.call('silent', {}));
    pair.cut();
    for (const call of waiting) await expect(call).rejects.toMatchObject({ code: 'DISCONNECTED' });
    await expect(pair.client.call('echo', 1)).rejects.toMatchObject({ code: 'DISCONNECTED' });
  });

  test('that is answered after the connection ended is forgotten', async () => {
    let answer: (value: string) => void = ignore;
    const pair = memoryPair({ ...service, call: () => new Promise((resolve) => (answer = resolve)) });
    const call = pair.client.call('slow', {});
    await until(() => pair.sent.client.length === 1);
    pair.cut();
    answer('late');
    await expect(call).rejects.toMatchObject({ code: 'DISCONNECTED' });
    expect(pair.sent.server).toEqual([]);
  });

  test('both sides may ask', async () => {
    const { client, server } = memoryPair(service);
    const [mine, theirs] = await Promise.allSettled([client.call('echo', 'there'), server.call('echo', 'back')]);
    expect(mine).toEqual({ status: 'fulfilled', value: 'there' });
    expect(theirs).toMatchObject({ status: 'rejected', reason: { code: 'UNKNOWN_METHOD' } });
  });
});

/** What the server says to these bytes; it must go on answering. */
async function reply(bytes: string | Buffer): Promise<unknown> {
  const pair = memoryPair(service);
  pair.inject(bytes);
  await until(() => pair.sent.server.length > 0);
  expect(await pair.client.call('echo', 'still here')).toBe('still here');
  return JSON.parse(pair.sent.server[0]!);
}

describe('what is not understood', () => {
  test.each([
    'GET / HTTP/1.1',
    '',
    '[]',
    'null',
    '{',
    '{}',
    '{"id":3}',
    '{"method":7,"id":1}',
    '{"id":1,"topic":null}',
  ])('%j gets an error, and the connection goes on', async (line) => {
    expect(await reply(`${line}\n`)).toMatchObject({ error: { code: 'BAD_REQUEST' } });
  });

  test('bytes that are no text get an error', async () => {
    expect(await reply(Buffer.from([0xff, 0xfe, 0x00, 0x80, 10]))).toMatchObject({
      id: null,
      error: { code: 'BAD_REQUEST' },
    });
  });

  test('a request without an id is answered without one', async () => {
    expect(await reply('{"method":"echo","params":5}\n')).toEqual({ result: 5 });
  });

  test('answers to nothing are not answered, or two peers would never stop', async () => {
    const pair = memoryPair(service);
    for (const key of ['result', 'error', 'snapshot', 'event', 'end']) pair.inject(`{"id":99,"${key}":1}\n`);
    pair.inject('{"cancel":99}\n{"id":null,"error":{"code":"BAD_REQUEST"}}\n');
    expect(await pair.client.call('echo', 1)).toBe(1);
    expect(pair.sent.server).toHaveLength(1);
  });

  test('a second request with an id that is in use is answered too', async () => {
    const pair = memoryPair(service);
    pair.inject('{"id":5,"method":"echo","params":"a"}\n{"id":5,"method":"echo","params":"b"}\n');
    await until(() => pair.sent.server.length === 2);
    expect(pair.sent.server.map((frame) => (JSON.parse(frame) as { result: string }).result)).toEqual(['a', 'b']);
  });

  test.each([200, 100_000])(
    'a frame above the limit (%i bytes) ends that connection with an error, and no other',
    async (length) => {
      const pair = memoryPair(service, { limit: 100 });
      const other = memoryPair(service, { limit: 100 });
      pair.inject(`"${'x'.repeat(length)}`);
      await until(() => pair.closed);
      expect(JSON.parse(pair.sent.server.at(-1)!)).toMatchObject({ id: null, error: { code: 'FRAME_TOO_LARGE' } });
      expect(pair.sent.server).toHaveLength(1);
      await expect(pair.client.call('echo', 1)).rejects.toMatchObject({ code: 'DISCONNECTED' });
      expect(await other.client.call('echo', 1)).toBe(1);
    },
  );
});

test('a peer that writes to a closed transport says nothing more', () => {
  const written: string[] = [];
  const peer = new Peer({ write: (text) => void written.push(text), backlog: 0, close: () => undefined }, service, 100);
  peer.close(new ZdmError('DISCONNECTED', 'gone'));
  peer.receive(Buffer.from('garbage\n{"id":1,"method":"echo"}\n'));
  peer.subscribe('x', {}, { snapshot: () => undefined, event: () => undefined, end: () => undefined })();
  expect(written).toEqual([]);
});

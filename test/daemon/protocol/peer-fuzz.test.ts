// Whatever comes in: a peer never throws, and goes on answering.
import { expect, test } from 'vitest';
import { methodParams, topicParams } from '../../../daemon/control/validate.ts';
import { ZdmError } from '../../../daemon/protocol/errors.ts';
import { Peer, type Service } from '../../../daemon/protocol/peer.ts';
import { until } from '../../helpers/until.ts';
import { randomFrom } from '../../helpers/random.mjs';

const FRAMES = 20_000;
const LIMIT = 4_096;

const GOOD = [
  { id: 1, method: 'list', params: {} },
  { id: 2, method: 'operate', params: { kind: 'reload', targets: ['api'], scale: { mode: 'add', count: 1 } } },
  { id: 3, topic: 'apps', params: {} },
  { id: 4, topic: 'logs', params: { targets: [], lines: 10, streams: ['out', 'err'], follow: true } },
  { cancel: 3 },
  { id: 5, result: { a: [1, 2, 3] } },
  { id: 6, snapshot: [] },
  { id: null, error: { code: 'TIMEOUT', message: 'x', hint: null } },
];
const ODD: unknown[] = [
  null,
  -1,
  1e308,
  '',
  'x'.repeat(200),
  [],
  {},
  true,
  '__proto__',
  'constructor',
  [[[[]]]],
  '\u0000',
  '😀',
];

/** The daemon's own checks, with nothing behind them. */
const service: Service = {
  async call(method, params) {
    return method === 'alive' ? params : methodParams(method as 'list', params);
  },
  subscribe(topic, params) {
    topicParams(topic as 'apps', params);
    return { snapshot: () => 1, close: () => undefined };
  },
};

test(`${FRAMES} damaged frames`, async () => {
  const random = randomFrom(20_261_121);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  let written = 0;
  let closings = 0;
  let last = '';
  const join = (): Peer =>
    new Peer(
      {
        write: (text) => {
          written += 1;
          last = text;
          expect(text.endsWith('\n')).toBe(true);
          JSON.parse(text);
        },
        backlog: 0,
        close: () => (closings += 1),
      },
      service,
      LIMIT,
    );
  let peer = join();
  const before = { closings: 0 };
  for (let turn = 0; turn < FRAMES; turn += 1) {
    peer.receive(damaged(random, pick));
    if (closings > before.closings) {
      // A frame that is too long ends the connection; the next one begins anew.
      before.closings = closings;
      peer = join();
    }
    if (turn % 500 === 0) {
      const id = 1_000_000 + turn;
      peer.receive(Buffer.from(`\n${JSON.stringify({ id, method: 'alive', params: turn })}\n`));
      await until(() => last === `${JSON.stringify({ id, result: turn })}\n`, {
        message: () => `an answer; the last was ${last}`,
      });
    }
  }
  expect(written).toBeGreaterThan(FRAMES / 2);
  expect(closings).toBeGreaterThan(10);
});

test('a peer that was closed stays silent whatever comes', () => {
  const random = randomFrom(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const peer = new Peer(
    { write: () => expect.unreachable('it wrote after it was closed'), backlog: 0, close: () => undefined },
    service,
    LIMIT,
  );
  peer.close(new ZdmError('DISCONNECTED', 'gone'));
  for (let turn = 0; turn < 1_000; turn += 1) peer.receive(damaged(random, pick));
});

function damaged(random: () => number, pick: <T>(list: readonly T[]) => T): Buffer {
  const message = structuredClone(pick(GOOD)) as Record<string, unknown>;
  if (random() < 0.6) replaceSomething(message, random, pick);
  let bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  const kind = random();
  if (kind < 0.2) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  else if (kind < 0.3) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
  else if (kind < 0.35)
    bytes = Buffer.concat([bytes, Buffer.from(Array.from({ length: 50 }, () => Math.floor(random() * 256)))]);
  else if (kind < 0.36) bytes = Buffer.alloc(Math.floor(random() * 3 * LIMIT), 'y');
  else if (kind < 0.4) bytes = Buffer.concat([bytes, bytes, bytes]);
  return bytes;
}

/** One property, at any depth, becomes something else, goes away, or moves. */
function replaceSomething(
  value: Record<string, unknown>,
  random: () => number,
  pick: <T>(list: readonly T[]) => T,
): void {
  const key = pick(Object.keys(value));
  const inner = value[key];
  if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && random() < 0.6)
    return replaceSomething(inner as Record<string, unknown>, random, pick);
  const kind = random();
  if (kind < 0.2) delete value[key];
  else if (kind < 0.4) value[String(pick(ODD))] = pick(ODD);
  else value[key] = pick(ODD);
}

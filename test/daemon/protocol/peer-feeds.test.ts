import { describe, expect, test } from 'vitest';
import { ZdmError } from '../../../daemon/protocol/errors.ts';
import { NO_SERVICE, type Feed, type Service } from '../../../daemon/protocol/peer.ts';
import { until } from '../../helpers/until.ts';
import { Counter, follow, settled } from './counter.ts';
import { memoryPair } from './memory-pair.ts';

const nothing = (): void => undefined;

describe('a subscription', () => {
  test('gets the present state, then each event once', async () => {
    const counter = new Counter();
    counter.step();
    const pair = memoryPair(counter.service, { piece: 5 });
    const { heard } = follow(pair);
    await until(() => heard.length === 1);
    counter.step();
    counter.step();
    await settled(pair);
    expect(heard).toEqual(['s1', 'e2', 'e3']);
  });

  test('that opens slowly loses no event and gets none before the snapshot', async () => {
    const counter = new Counter();
    let opened = nothing;
    counter.opening = new Promise((resolve) => (opened = resolve));
    const pair = memoryPair(counter.service);
    const { heard } = follow(pair);
    await until(() => counter.pushes.size === 1);
    counter.step();
    counter.step();
    await settled(pair);
    expect(heard).toEqual([]);
    opened();
    await until(() => heard.length > 0);
    counter.step();
    await settled(pair);
    // The snapshot knows the first two.
    expect(heard).toEqual(['s2', 'e3']);
  });

  test('has what happened while it was opened in its snapshot, and what happens right after as an event', async () => {
    const counter = new Counter();
    const subscribe = (...args: Parameters<Service['subscribe']>): Feed => {
      const feed = counter.service.subscribe(...args) as Feed;
      counter.step();
      queueMicrotask(() => counter.step());
      return feed;
    };
    const pair = memoryPair({ ...counter.service, subscribe });
    const { heard } = follow(pair);
    await until(() => heard.length === 2);
    expect(heard).toEqual(['s1', 'e2']);
  });

  test('that would be the 65th of a connection is refused; a cancelled one makes room', async () => {
    const pair = memoryPair(new Counter().service);
    const all = Array.from({ length: 65 }, () => follow(pair));
    await until(() => all.at(-1)!.heard.length > 0);
    expect(all.map(({ heard }) => heard[0])).toEqual([...Array.from({ length: 64 }, () => 's0'), 'BAD_REQUEST']);
    all[0]!.cancel();
    const next = follow(pair);
    await until(() => next.heard.length > 0);
    expect(next.heard).toEqual(['s0']);
  });

  test('of an unknown topic ends with an error, and so does a refused one', async () => {
    const counter = new Counter();
    const pair = memoryPair(counter.service);
    const [unknown, refused] = [follow(pair, 'nonsense'), follow(pair, 'count', 'refuse')];
    await until(() => refused.heard.length > 0);
    expect([unknown.heard, refused.heard]).toEqual([['UNKNOWN_METHOD'], ['BAD_REQUEST']]);
  });

  test('whose opening fails later ends with that error', async () => {
    const { heard } = follow(
      memoryPair({ ...NO_SERVICE, subscribe: () => Promise.reject(new ZdmError('NO_SUCH_APP', 'No such app.')) }),
    );
    await until(() => heard.length > 0);
    expect(heard).toEqual(['NO_SUCH_APP']);
  });

  test('ends when the source ends it, and hears nothing after', async () => {
    const counter = new Counter();
    const pair = memoryPair(counter.service);
    const { heard } = follow(pair);
    await settled(pair);
    counter.ends[0]!();
    counter.ends[0]!();
    await settled(pair);
    expect(heard).toEqual(['s0', 'end']);
  });

  test('ends with DISCONNECTED when the connection is lost, and closes its feed', async () => {
    const counter = new Counter();
    const pair = memoryPair(counter.service);
    const { heard } = follow(pair);
    await settled(pair);
    pair.cut();
    expect(heard).toEqual(['s0', 'DISCONNECTED']);
    expect(counter.open).toBe(0);
    const late = follow(pair);
    await until(() => late.heard.length > 0);
    expect(late.heard).toEqual(['DISCONNECTED']);
  });
});

describe('cancel', () => {
  test('closes the feed; nothing is heard after, not even what was on its way', async () => {
    const counter = new Counter();
    const pair = memoryPair(counter.service);
    const { heard, cancel } = follow(pair);
    await settled(pair);
    counter.step();
    cancel();
    cancel();
    await settled(pair);
    counter.step();
    await settled(pair);
    expect(heard).toEqual(['s0']);
    expect(counter.open).toBe(0);
    expect(pair.sent.client.filter((frame) => frame.includes('cancel'))).toHaveLength(1);
  });

  test.each(['cancel', 'cut'] as const)('%s while the feed opens closes it when it has opened', async (how) => {
    const counter = new Counter();
    let opened = nothing;
    counter.opening = new Promise((resolve) => (opened = resolve));
    const pair = memoryPair(counter.service);
    const { heard, cancel } = follow(pair);
    await until(() => counter.open === 1);
    if (how === 'cut') pair.cut();
    else {
      cancel();
      await settled(pair);
    }
    opened();
    await until(() => counter.open === 0);
    expect(heard).toEqual(how === 'cut' ? ['DISCONNECTED'] : []);
  });

  test('frees the id: a new subscription under it is not mixed up with the one that still opens', async () => {
    const counter = new Counter();
    let opened = nothing;
    counter.opening = new Promise((resolve) => (opened = resolve));
    const pair = memoryPair(counter.service);
    pair.inject('{"id":7,"topic":"count"}\n{"cancel":7}\n{"id":7,"topic":"count"}\n');
    await until(() => counter.open === 2);
    opened();
    await until(() => pair.sent.server.length > 0);
    await settled(pair);
    expect(counter.open).toBe(1);
    expect(pair.sent.server.filter((frame) => frame.includes('snapshot'))).toHaveLength(1);
  });

  test('an id that is in use is refused and the first one goes on', async () => {
    const counter = new Counter();
    const pair = memoryPair(counter.service);
    pair.inject('{"id":7,"topic":"count"}\n{"id":7,"topic":"count"}\n');
    await until(() => pair.sent.server.length === 2);
    counter.step();
    expect(pair.sent.server.map((frame) => JSON.parse(frame) as unknown)).toEqual([
      { id: 7, snapshot: 0 },
      { id: 7, error: expect.objectContaining({ code: 'BAD_REQUEST' }) as object },
      { id: 7, event: 1 },
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { ZdmError } from '../../../daemon/protocol/errors.ts';
import { NO_SERVICE, type Feed, type Service } from '../../../daemon/protocol/peer.ts';
import { until } from '../../helpers/until.ts';
import { memoryPair, type MemoryPair } from './memory-pair.ts';

/** A counter that tells each step; followers can open slowly. */
class Counter {
  value = 0;
  open = 0;
  readonly pushes = new Set<(event: unknown) => boolean>();
  readonly ends: (() => void)[] = [];
  opening: Promise<void> | null = null;

  readonly service: Service = {
    ...NO_SERVICE,
    call: async (_method, params) => params,
    subscribe: (topic, params, push, end) => {
      if (topic !== 'count') throw new ZdmError('UNKNOWN_METHOD', `There is no topic "${topic}" here.`);
      if (params === 'refuse') throw new ZdmError('BAD_REQUEST', 'No.');
      this.pushes.add(push);
      this.ends.push(end);
      const feed: Feed = {
        snapshot: () => this.value,
        close: () => {
          this.pushes.delete(push);
          this.open -= 1;
        },
      };
      this.open += 1;
      return this.opening ? this.opening.then(() => feed) : feed;
    },
  };

  step(padding = ''): void {
    this.value += 1;
    for (const push of this.pushes) push(padding ? { value: this.value, padding } : this.value);
  }
}

interface Follower {
  /** `s<value>`, `e<value>` and at last `end` or the error's code, as they came. */
  readonly heard: string[];
  readonly cancel: () => void;
}

function follow({ client }: MemoryPair, topic = 'count', params: unknown = {}): Follower {
  const heard: string[] = [];
  const valueOf = (event: unknown): string => String((event as { value?: number }).value ?? event);
  const cancel = client.subscribe(topic, params, {
    snapshot: (snapshot) => heard.push(`s${String(snapshot)}`),
    event: (event) => heard.push(`e${valueOf(event)}`),
    end: (error) => heard.push(error ? error.code : 'end'),
  });
  return { heard, cancel };
}

/** Everything that was on its way has arrived. */
async function settled({ client }: MemoryPair): Promise<void> {
  await client.call('echo', 1);
}

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
    let opened: () => void = () => undefined;
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

  test('of an unknown topic ends with an error, and so does a refused one', async () => {
    const counter = new Counter();
    const pair = memoryPair(counter.service);
    const [unknown, refused] = [follow(pair, 'nonsense'), follow(pair, 'count', 'refuse')];
    await until(() => refused.heard.length > 0);
    expect([unknown.heard, refused.heard]).toEqual([['UNKNOWN_METHOD'], ['BAD_REQUEST']]);
  });

  test('whose opening fails later ends with that error', async () => {
    const subscribe = (): Promise<Feed> => Promise.reject(new ZdmError('NO_SUCH_APP', 'No such app.'));
    const { heard } = follow(memoryPair({ ...NO_SERVICE, subscribe }));
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
    let opened: () => void = () => undefined;
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
    let opened: () => void = () => undefined;
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

describe('a slow reader', () => {
  const MIB = 1024 * 1024;

  test('gets a fresh snapshot in place of what it missed, in bounded memory', async () => {
    const counter = new Counter();
    const pair = memoryPair(counter.service);
    const { heard } = follow(pair);
    await settled(pair);
    pair.pause();
    const padding = 'x'.repeat(10_000);
    for (let step = 0; step < 1_000; step += 1) counter.step(padding);
    expect(pair.backlog).toBeLessThan(1.1 * MIB);
    pair.resume();
    await until(() => heard.at(-1) === 's1000');
    const events = heard.filter((one) => one.startsWith('e'));
    expect(events).toEqual(events.map((_, index) => `e${index + 1}`));
    counter.step();
    await settled(pair);
    expect(heard.slice(-2)).toEqual(['s1000', 'e1001']);
    expect(heard.filter((one) => one.startsWith('s'))).toHaveLength(2);
  });

  test('does not hold up another one', async () => {
    const counter = new Counter();
    const [slow, quick] = [memoryPair(counter.service), memoryPair(counter.service)];
    const followers = [follow(slow), follow(quick)];
    await Promise.all([settled(slow), settled(quick)]);
    slow.pause();
    const padding = 'x'.repeat(MIB / 4);
    for (let step = 1; step <= 20; step += 1) {
      counter.step(padding);
      await settled(quick);
    }
    expect(followers[1]!.heard).toEqual(['s0', ...Array.from({ length: 20 }, (_, index) => `e${index + 1}`)]);
    slow.resume();
    await until(() => followers[0]!.heard.at(-1) === 's20');
  });
});

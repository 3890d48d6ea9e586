import { describe, expect, test } from 'vitest';
import { until } from '../../helpers/until.ts';
import { Counter, follow, settled } from './counter.ts';
import { memoryPair } from './memory-pair.ts';

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

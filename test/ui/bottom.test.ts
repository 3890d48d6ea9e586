import { expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { bottomLines } from '../../ui/parts/Bottom.tsx';
import { PREVIOUS } from './rollout-scenes.ts';
import { anApp, anOperation, aSlot, aWorker, NOW } from './samples.ts';
import { onScreen } from './scenes.ts';

const running = anOperation({ slots: [aSlot(0, 'starting')] });
const ended = anOperation({ phase: 'done', endedAt: NOW });

test.each<[string, Partial<AppStatus>, keys: readonly string[], without: readonly string[]]>([
  ['a rollout runs', { operations: [running], previous: PREVIOUS }, ['A abort', 'P pause'], ['B go back']],
  ['it has ended', { operations: [ended], previous: PREVIOUS }, ['B go back'], ['A abort', 'P pause']],
  ['there is nothing to go back to', { operations: [ended] }, ['? help'], ['B go back']],
])('the key bar of a rollout: %s', (_, app, keys, without) => {
  const state = onScreen('rollout', { apps: [anApp(0, 'api', { workers: [aWorker(1, 0)], ...app })], columns: 100 });
  const bar = bottomLines(state).at(-1)?.text ?? '';
  for (const key of keys) expect(bar).toContain(key);
  for (const key of without) expect(bar).not.toContain(key);
});

import { describe, expect, test } from 'vitest';
import type { AppStatus, OperationStatus } from '../../../daemon/protocol/model.ts';
import { appLabel, workerLabel } from '../../../ui/paint/label.ts';
import { paintList } from '../../../ui/paint/list.ts';
import { CANARY, ROLLOUTS } from '../rollout-scenes.ts';
import { anApp, anOperation, aSlot, aWorker, NOW, plainTheme } from '../samples.ts';

const SLOTS = [aSlot(0, 'done', 900), aSlot(1, 'failed')];
const WORKERS = [
  aWorker(1, 0),
  aWorker(2, 0, { generation: 16, stage: 'starting' }),
  aWorker(3, 1, { generation: 16 }),
];
const rolling = (changes: Partial<OperationStatus>): AppStatus =>
  anApp(0, 'api', { workers: WORKERS, operations: [anOperation({ slots: SLOTS, ...changes })] });

describe('a rollout in the place of the state', () => {
  test.each<[string, Partial<OperationStatus>, string, string]>([
    ['a reload', {}, '⟳ reload 1/2', 'busy'],
    ['a rollback', { kind: 'rollback' }, '⟳ rollback 1/2', 'busy'],
    ['a dry run', { kind: 'rehearse' }, '⟳ dry run 1/2', 'busy'],
    ['paused', { paused: true }, '⟳ paused 1/2', 'busy'],
    ['going back, also when it was paused', { returning: 'it crashed', paused: true }, '⟳ going back 1/2', 'warn'],
    ['a canary', { canary: CANARY }, '⟳ canary 12s', 'busy'],
    ['a canary that is due', { canary: { ...CANARY, until: NOW } }, '⟳ canary', 'busy'],
    ['a canary that is paused', { canary: CANARY, paused: true }, '⟳ paused 1/2', 'busy'],
    ['a canary that starts', { canary: { ...CANARY, until: null } }, '⟳ reload 1/2', 'busy'],
    ['after a good canary', { canary: { ...CANARY, verdict: 'pass' } }, '⟳ reload 1/2', 'busy'],
    ['no verdict', { canary: { ...CANARY, verdict: 'inconclusive' }, paused: true }, '▲ inconclusive', 'warn'],
  ])('%s', (_, operation, text, tone) => {
    expect(appLabel(rolling(operation), NOW)).toEqual({ text, tone });
  });

  test('where there is little room', () => {
    expect(appLabel(rolling({ returning: 'it crashed' }), NOW, 14).text).toBe('⟳ back 1/2');
  });

  test('in zdm list', () => {
    const rows = paintList([rolling({ returning: 'it crashed' })], { width: 120, now: NOW, theme: plainTheme() });
    expect(rows[1]).toMatch(/ api +cluster +⟳ going back 1\/2 /);
  });
});

test('workers in standby have a glyph, and do not count as up', () => {
  expect(workerLabel(aWorker(1, 0, { stage: 'standby', deadline: NOW + 24_000 }), NOW).text).toBe('◌ standby 24s');
  const { app } = ROLLOUTS['rollout, blue-green done']!;
  const rows = paintList([anApp(0, 'api', app)], { width: 120, now: NOW, theme: plainTheme() });
  expect(anApp(0, 'api', app).workers).toHaveLength(8);
  expect(rows.join('\n')).toContain('4 of 8 workers online');
});

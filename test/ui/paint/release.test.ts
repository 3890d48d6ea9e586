import { describe, expect, test } from 'vitest';
import type { AppStatus, OperationStatus } from '../../../daemon/protocol/model.ts';
import { isWarm, previousText, releaseText, warmText } from '../../../ui/paint/release.ts';
import { PREVIOUS } from '../rollout-scenes.ts';
import { anApp, anOperation, aWorker, NOW } from '../samples.ts';

describe('which workers in standby are old', () => {
  const running = (changes: Partial<OperationStatus>, generation: number): AppStatus =>
    anApp(0, 'api', { generation, operations: [anOperation(changes)] });
  const ended = anOperation({ phase: 'done', endedAt: NOW });
  test.each<[string, AppStatus, old: boolean, fresh: boolean]>([
    ['after a rollout', anApp(0, 'api', { operations: [ended] }), true, false],
    ['before the new ones are let in', running({}, 16), true, false],
    ['while it goes back', running({ returning: 'it crashed' }, 16), false, true],
    ['while one goes back to what came before', running({ kind: 'rollback', from: 17, to: 16 }, 17), false, true],
    ['during a dry run', running({ kind: 'rehearse' }, 16), false, false],
    ['while it is scaled', running({ kind: 'scale', from: 17, to: 17 }, 17), true, false],
  ])('%s', (_, app, old, fresh) => {
    const warm = (generation: number): boolean => isWarm(app, aWorker(1, 0, { stage: 'standby', generation }));
    expect([warm(16), warm(17)]).toEqual([old, fresh]);
  });

  test('what serves is not kept', () => {
    expect(isWarm(anApp(0, 'api'), aWorker(1, 0, { generation: 16 }))).toBe(false);
  });
});

describe('releases in words', () => {
  process.env['TZ'] = 'UTC';
  const app = anApp(0, 'api', { previous: PREVIOUS });

  test('this one and the one before', () => {
    expect(releaseText(PREVIOUS, NOW)).toBe(
      'generation 16, /srv/shop/releases/41/server.js, since 2026-11-21 11:07:34 (1h)',
    );
    expect(previousText(app, NOW)).toBe(
      'generation 16, /srv/shop/releases/41/server.js, begun 2026-11-21 11:07:34, warm for 24s',
    );
    expect(previousText(anApp(0, 'api'), NOW)).toBeNull();
  });

  test('how long it is warm', () => {
    expect(warmText(app, NOW)).toBe('generation 16 stays warm for 24s');
    expect(warmText(app, NOW + 23_500)).toBeNull();
    expect(warmText(anApp(0, 'api', { previous: { ...PREVIOUS, warmUntil: null } }), NOW)).toBeNull();
  });
});

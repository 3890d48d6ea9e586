import { describe, expect, test } from 'vitest';
import type { WorkerStatus } from '../../daemon/protocol/model.ts';
import { fitting, waitWords } from '../../ui/screens/waits.ts';
import { anApp, aWorker, NOW } from './samples.ts';

const api = anApp(0, 'api');
const fork = { ...api, spec: { ...api.spec, execMode: 'fork' as const } };

describe('what a worker waits for, from the full words to the shortest', () => {
  test.each<readonly [what: string, worker: Partial<WorkerStatus>, words: readonly string[]]>([
    ['serves', { connections: 118 }, ['118 conns']],
    ['serves one', { connections: 1 }, ['1 conn']],
    [
      'starts',
      { stage: 'starting', deadline: NOW + 8000 },
      ['waiting for ready, 8s of 10s left', 'waiting for ready, 8s left', '8s left'],
    ],
    ['starts without a limit', { stage: 'starting' }, ['waiting for ready']],
    [
      'drains',
      { stage: 'draining', connections: 9, deadline: NOW + 24_000 },
      ['9 conns, 24s of 30s left', '9 conns, 24s left', '24s left'],
    ],
    [
      'drains longer than was set, as clients were promised',
      { stage: 'draining', connections: 9, deadline: NOW + 64_000 },
      ['9 conns, 1m4s left', '1m4s left'],
    ],
    ['drains without a limit', { stage: 'draining', connections: 2 }, ['2 conns']],
    ['is ready before the others', { stage: 'standby' }, ['ready, waits for the others', 'ready']],
    [
      'is kept warm',
      { stage: 'standby', generation: 16, deadline: NOW + 23_500 },
      ['kept warm for the way back, 24s left', 'kept warm, 24s left', 'warm, 24s'],
    ],
    [
      'is kept warm without an end',
      { stage: 'standby', generation: 16 },
      ['kept warm for the way back', 'kept warm', 'warm'],
    ],
    ['stops', { stage: 'stopping', deadline: NOW + 3000 }, ['stopping, 3s of 5s left', 'stopping, 3s left', '3s left']],
  ])('%s', (_, worker, words) => {
    expect(waitWords(aWorker(1, 0, worker), api, NOW)).toEqual(words);
  });

  test('in fork mode connections are not seen', () => {
    expect(waitWords(aWorker(1, 0), fork, NOW)).toEqual(['']);
    expect(waitWords(aWorker(1, 0, { stage: 'draining' }), fork, NOW)).toEqual(['draining']);
  });

  test.each([
    [20, 'nine cells'],
    [10, 'nine cells'],
    [9, 'short'],
    [4, ''],
  ])('%i cells have room for %j', (width, words) => {
    expect(fitting(['nine cells', 'short'], width)).toBe(words);
  });
});

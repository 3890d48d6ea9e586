import { describe, expect, test } from 'vitest';
import { idleLine, steeredLines } from '../../../cli/output/steering.ts';
import type { ControlAction } from '../../../daemon/protocol/contract.ts';
import type { AppStatus, OperationStatus } from '../../../daemon/protocol/model.ts';
import { appLabel } from '../../../ui/paint/label.ts';
import { sampleApp, sampleOperation, sampleWorker } from '../sample-apps.ts';

/** A rollout of four slots that runs, of which `done` are replaced. */
function rollout(done: number, fields: Partial<OperationStatus> = {}): OperationStatus {
  const slots = [0, 1, 2, 3].map((slot) => ({
    slot,
    phase: slot < done ? ('done' as const) : ('waiting' as const),
    oldPid: 1,
    newPid: slot < done ? 2 : null,
    readyAfter: slot < done ? 5 : null,
    goneAfter: null,
  }));
  return sampleOperation({ phase: 'running', endedAt: null, receipt: null, slots, ...fields });
}

function appWith(...operations: OperationStatus[]): AppStatus {
  return sampleApp('api', { operations });
}

describe('what was done', () => {
  const mixed = sampleApp('api', {
    workers: [0, 1, 2, 3].map((slot) => sampleWorker(slot, { generation: slot < 1 ? 17 : 16 })),
  });
  const down = sampleApp('api', { up: 0 });

  test.each<[ControlAction, AppStatus, OperationStatus, string[]]>([
    ['pause', mixed, rollout(2), ['api: reload paused, 2 of 4 slots run the new code. Go on: zdm resume api']],
    ['resume', mixed, rollout(0), ['api: reload goes on, 0 of 4 slots run the new code']],
    [
      'abort',
      mixed,
      rollout(1),
      [
        'api: reload aborted, 1 of 4 slots run the new code',
        '  Serving now: 4 of 4 workers, 3 of generation 16, 1 of generation 17.',
      ],
    ],
    ['abort', down, rollout(0, { kind: 'restart' }), ['api: restart aborted', '  Nothing of api is running now.']],
    [
      'abort',
      appWith(),
      rollout(0, { kind: 'scale' }),
      ['api: scale aborted', '  Serving now: 4 of 4 workers, generation 17.'],
    ],
    [
      'finish',
      mixed,
      rollout(4),
      ['api: old workers are told to stop; what they still had is cut. See: zdm describe api'],
    ],
  ])('%s %#', (action, app, operation, lines) => {
    expect(steeredLines(action, app, operation)).toEqual(lines);
  });
});

test.each<[ControlAction, string, OperationStatus[]]>([
  ['abort', 'nothing to abort: no rollout runs', []],
  ['pause', 'nothing to pause: no rollout runs', [sampleOperation()]],
  ['resume', 'nothing to resume: no rollout runs', [rollout(0, { kind: 'stop', slots: [] })]],
  ['finish', 'nothing to finish: no old worker drains', [rollout(0)]],
  ['abort', 'nothing to abort: the reload has every slot done', [rollout(4)]],
  [
    'abort',
    'nothing to abort: nothing served before this start. End it: zdm stop api',
    [rollout(0, { kind: 'start' })],
  ],
  ['pause', 'nothing to pause: the reload is paused. Go on: zdm resume api', [rollout(2, { paused: true })]],
  ['pause', 'nothing to pause: the restart has begun every slot', [rollout(2, { kind: 'restart' })]],
  ['resume', 'nothing to resume: the reload is not paused', [rollout(2)]],
])('%s: %s', (action, line, operations) => {
  expect(idleLine(action, appWith(...operations))).toBe(`api: ${line}`);
});

test('a paused rollout is shown as one', () => {
  expect(appLabel(appWith(rollout(2))).text).toBe('⟳ reload 2/4');
  expect(appLabel(appWith(rollout(2, { paused: true }))).text).toBe('⟳ paused 2/4');
});

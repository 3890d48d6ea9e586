import { describe, expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { ChangeCommand } from '../../ui/keys.ts';
import { questionOf } from '../../ui/state/question.ts';
import { commandOf, hindrance, needsAnswer, wishOf } from '../../ui/state/sheet.ts';
import { type DashState, HOME } from '../../ui/state/state.ts';
import { CANARY } from './rollout-scenes.ts';
import { aSlot, anApp, anOperation, aWorker, NOW, stateAfter } from './samples.ts';

const api = anApp(0, 'api', { workers: [aWorker(1, 0), aWorker(2, 1)] });
const web = anApp(1, 'web', { workers: [aWorker(1, 0, { connections: 3 })] });
const job = anApp(2, 'job', { state: 'stopped', wanted: 2 });
const rolling: AppStatus = {
  ...api,
  workers: [
    aWorker(1, 0),
    aWorker(2, 1, { stage: 'draining', connections: 9, deadline: NOW + 24_000, generation: 16 }),
  ],
  operations: [anOperation({ slots: [aSlot(0, 'draining', 900), aSlot(1, 'starting'), aSlot(2, 'waiting')] })],
};

const released: AppStatus = {
  ...api,
  previous: { generation: 16, script: '/srv/41/server.js', startedAt: NOW - 9000, warmUntil: null },
};
/** In the middle of a canary. */
const baking = (verdict: 'inconclusive' | null): AppStatus => ({
  ...api,
  operations: [
    anOperation({
      strategy: 'canary',
      canary: { ...CANARY, verdict, reason: verdict === null ? null : '31 of 100 requests' },
      slots: [aSlot(0, 'proving', 900), aSlot(1, 'waiting')],
    }),
  ],
});

const having = (apps: readonly AppStatus[], changes: Partial<DashState> = {}): DashState => ({
  ...stateAfter({ type: 'snapshot', apps, at: NOW }),
  ...changes,
});
const marked = (...names: readonly string[]): Partial<DashState> => ({ marked: new Set(names) });
const wish = (state: DashState, command: ChangeCommand) => {
  const found = wishOf(state, command);
  if (found === null) throw new Error('nothing to wish for');
  return found;
};

describe('what a key asks for', () => {
  test.each([
    ['reload', having([api, web]), 'zdm reload api'],
    ['restart', having([api, web], marked('api', 'web')), 'zdm restart all'],
    ['toggle', having([api, web]), 'zdm stop api'],
    ['toggle', having([api, job], { selected: 'job' }), 'zdm start job'],
    ['toggle', having([api, web, job], marked('api', 'job')), 'zdm stop api job'],
    ['more', having([api]), 'zdm scale api +1'],
    ['less', having([api]), 'zdm scale api -1'],
    ['pause', having([rolling]), 'zdm pause api'],
    ['pause', having([{ ...api, operations: [anOperation({ paused: true })] }]), 'zdm resume api'],
    ['pause', having([baking('inconclusive')]), 'zdm resume api'],
    ['pause', having([baking(null)]), 'zdm pause api'],
    ['rollback', having([api, web]), 'zdm rollback api'],
    ['finish', having([rolling]), 'zdm finish api'],
    ['delete', having([api, web], { selected: 'web' }), 'zdm delete web'],
  ] as const)('%s', (command, state, line) => {
    expect(commandOf(state, wish(state, command))).toBe(line);
  });

  test('nothing where there is no app', () => {
    expect(wishOf(having([]), 'reload')).toBeNull();
  });
});

describe('without a question', () => {
  test.each([
    ['a reload of one app', 'reload', having([api, web]), false],
    ['but not of several', 'reload', having([api, web], marked('api', 'web')), true],
    ['and not while one runs', 'reload', having([rolling]), true],
    ['no restart', 'restart', having([api]), true],
    ['no abort', 'abort', having([rolling]), true],
    ['no scaling', 'more', having([api]), true],
    ['no way back', 'rollback', having([released]), true],
    ['not where it is a restart', 'reload', having([{ ...api, spec: { ...api.spec, execMode: 'fork' } }]), true],
    ['not where it is a start', 'reload', having([job]), true],
  ] as const)('%s', (_, command, state, asks) => {
    expect(needsAnswer(state, wish(state, command))).toBe(asks);
  });
});

test.each([
  ['abort', having([api]), 'There is nothing to abort: no rollout of api runs.'],
  ['abort', having([rolling]), null],
  ['finish', having([api]), 'No old worker of api drains.'],
  ['finish', having([rolling]), null],
  ['less', having([web]), 'web has 1 worker, and one stays. To stop it: zdm stop web'],
  ['less', having([api]), null],
  ['reload', having([job]), null],
  ['rollback', having([released]), null],
  ['rollback', having([api]), 'There is no release of api to go back to: nothing was rolled out since its start.'],
  ['rollback', having([api, { ...released, id: 7, name: 'web' }], marked('api', 'web')), null],
] as const)('%s: what stands in the way', (command, state, why) => {
  expect(hindrance(state, wish(state, command))).toBe(why);
});

test('of several apps one with a rollout is enough to pause', () => {
  const other = { ...rolling, id: 7, name: 'other' };
  const state = having([api, other], marked('api', 'other'));
  expect(hindrance(state, { change: 'pause', targets: ['api', 'other'], scale: null })).toBeNull();
});

describe('the words of a question', () => {
  const question = (state: DashState, command: ChangeCommand) => questionOf(state, wish(state, command));

  test('restart, with how long it took last time', () => {
    const last = anOperation({ kind: 'restart', phase: 'done', startedAt: NOW - 9000, endedAt: NOW - 4000 });
    expect(question(having([{ ...api, operations: [last] }]), 'restart')).toEqual({
      title: 'Restart api?',
      names: null,
      lines: ['2 workers stop, then start again. About 5s. Connections wait meanwhile.'],
      same: 'zdm restart api',
      word: null,
    });
  });

  test('restart of the worker under the cursor', () => {
    const state = { ...having([api]), trail: [HOME, { view: 'app', row: 1, pane: 0 }] } as DashState;
    expect(question(state, 'restart')).toEqual({
      title: 'Replace the worker of slot 1 of api?',
      names: null,
      lines: ['By one of the same code, which is ready before the old one goes.'],
      same: 'zdm restart api --slot 1',
      word: null,
    });
    const events = { ...state, trail: [HOME, { view: 'app', row: 1, pane: 1 }] } as DashState;
    expect(question(events, 'restart').title).toBe('Restart api?');
  });

  test('stop and delete say what ends', () => {
    expect(question(having([web]), 'toggle').lines).toEqual([
      '1 worker stops. Requests in flight may finish; 3 open connections end.',
    ]);
    expect(question(having([web]), 'delete').lines).toEqual([
      '1 worker stops now, 3 open connections end. The log files stay.',
    ]);
  });

  test('several apps are named, the first five', () => {
    const many = Array.from({ length: 7 }, (_, id) => anApp(id, `app-${id}`));
    expect(question(having(many, marked(...many.map(({ name }) => name))), 'reload')).toMatchObject({
      title: 'Reload 7 apps?',
      names: 'app-0, app-1, app-2, app-3, app-4 and 2 more.',
      lines: [expect.stringContaining('one at a time'), expect.stringContaining('this starts it')],
      same: 'zdm reload all',
    });
  });

  test('say what is not so for an app that owns its port, or does not serve, and what a rollout that runs means', () => {
    const fork = { ...web, spec: { ...web.spec, execMode: 'fork' as const } };
    expect(question(having([fork]), 'reload').lines).toContain('web. This is a restart with a gap: it owns its port.');
    expect(question(having([fork]), 'restart').lines[0]).not.toContain('Connections wait');
    expect(question(having([job]), 'reload').lines).toContain('job. It does not serve: this starts it.');
    expect(question(having([job]), 'more').lines).toEqual(['It does not run: the number holds from its next start.']);
    expect(question(having([rolling]), 'more').lines).toContain('A rollout runs: this begins when it has ended.');
    expect(question(having([rolling]), 'toggle').lines).toContain('The rollout that runs ends with it.');
  });

  test('a rollback says to what, and whether that takes a boot', () => {
    expect(question(having([released]), 'rollback')).toEqual({
      title: 'Roll back api?',
      names: null,
      lines: ['To generation 16 (/srv/41/server.js): its workers are started anew, as in a reload.'],
      same: 'zdm rollback api',
      word: null,
    });
    const warm = { ...released, previous: { ...released.previous!, warmUntil: NOW + 23_500 } };
    expect(question(having([warm]), 'rollback').lines).toEqual([
      'To generation 16 (/srv/41/server.js), at once: its workers are warm for 24s.',
    ]);
    const both = having([released, web], marked('api', 'web'));
    expect(question(both, 'rollback').lines).toEqual([
      'api: to generation 16 (/srv/41/server.js): its workers are started anew, as in a reload.',
      'web: there is no release to go back to.',
    ]);
  });

  test('a second reload waits, and takes the place of one that waits', () => {
    expect(question(having([rolling]), 'reload').lines).toContain(
      'A reload runs: this begins when it has ended. A newer one takes its place.',
    );
    const queued = anOperation({ op: 'op-2', phase: 'queued' });
    const waiting = { ...rolling, operations: [...rolling.operations, queued] };
    expect(question(having([waiting]), 'reload').lines).toContain(
      'A reload runs: this begins when it has ended. It takes the place of the reload that waits.',
    );
  });

  test('a reload says how the app is replaced', () => {
    const first = (spec: Partial<AppStatus['spec']>): string | undefined =>
      question(having([{ ...rolling, spec: { ...api.spec, ...spec } }]), 'reload').lines[0];
    expect(first({ surge: { unit: 'percent', value: 25 } })).toBe(
      '1 worker, 25% at a time, the new one ready before the old one goes.',
    );
    expect(first({ strategy: 'blue-green' })).toBe('1 worker, all new ones ready before all old ones go at once.');
    expect(first({ strategy: 'canary' })).toContain('a canary first');
  });

  test('an inconclusive canary goes on or goes back', () => {
    expect(question(having([baking('inconclusive')]), 'pause').lines).toEqual([
      'The canary is inconclusive: 31 of 100 requests.',
      'The slots that still run the old code are replaced, too.',
    ]);
    expect(question(having([baking('inconclusive')]), 'abort').lines).toEqual(['1 slot returns to the old code.']);
  });

  test.each([
    [{ mode: 'set', count: 4 }, 'Run 4 workers of api?', 'zdm scale api 4'],
    [{ mode: 'add', count: 2 }, '2 workers of api more?', 'zdm scale api +2'],
    [{ mode: 'add', count: -1 }, 'One worker of api less?', 'zdm scale api -1'],
  ] as const)('scale %j', (scale, title, same) => {
    expect(questionOf(having([api]), { change: 'scale', targets: ['api'], scale })).toMatchObject({ title, same });
  });

  test('abort and finish count from what is there now', () => {
    expect(question(having([rolling]), 'abort').lines).toEqual(['1 slot returns to the old code.']);
    expect(question(having([rolling]), 'finish').lines).toEqual([
      '9 connections of 1 old worker are cut; they had 24s left.',
    ]);
  });

  test.each([
    ['delete', having([api, web]), 'api'],
    ['delete', having([api, web], marked('api', 'web')), 'all'],
    ['delete', having([api, web, job], marked('api', 'web')), 'delete'],
    ['toggle', having([api, web], marked('api', 'web')), 'all'],
    ['toggle', having([api, web]), null],
    ['restart', having([api, web], marked('api', 'web')), null],
  ] as const)('%s: the word that has to be typed', (command, state, word) => {
    expect(question(state, command).word).toBe(word);
  });
});

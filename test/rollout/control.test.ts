import { describe, expect, test } from 'vitest';
import type { ControlAction } from '../../daemon/protocol/contract.ts';
import { controllable, controlWords } from '../../daemon/rollout/control.ts';
import { POLICY, Stage } from './stage.ts';

const BY = 'deploy (zdm abort api)';

/** A reload of three slots, of which the first is done and the second is starting. */
function halfway(): Stage {
  const app = Stage.serving(3);
  app.ask('reload');
  app.listening(4);
  app.empty(1);
  app.gone(1);
  return app;
}

test.each<[ControlAction, string | null, string]>([
  ['abort', null, 'aborted'],
  ['abort', BY, `aborted by ${BY}`],
  ['pause', BY, `paused by ${BY}`],
  ['resume', null, 'resumed'],
  ['finish', BY, `draining cut short by ${BY}`],
])('%s by %s: %s', (action, by, words) => {
  expect(controlWords(action, by)).toBe(words);
});

describe.each<[string, Partial<Record<ControlAction, string>>, () => Stage]>([
  ['that never started', {}, () => new Stage()],
  ['at rest', {}, () => Stage.serving(2)],
  ['in its first start', {}, () => asked(new Stage({}, 2), 'start')],
  ['in a reload', { abort: 'reload', pause: 'reload' }, halfway],
  ['in a paused reload', { abort: 'reload', resume: 'reload' }, () => steered(halfway(), 'pause')],
  ['in the last slot of a reload', { abort: 'reload' }, () => asked(Stage.serving(1), 'reload')],
  ['whose reload waits for requests in flight', { finish: 'reload' }, settling],
  ['whose reload left a worker draining', { finish: 'reload' }, draining],
  [
    'whose next reload begins while one drains',
    { abort: 'next', finish: 'next' },
    () => asked(draining(), 'reload', 'next'),
  ],
  ['whose worker crashed', {}, () => crashed(Stage.serving(1))],
  ['in a restart', { abort: 'restart' }, () => asked(Stage.serving(2), 'restart')],
  ['in a scaling up', { abort: 'scale' }, () => asked(Stage.serving(1), 'scale', 'scale', 3)],
  ['in a scaling down', { finish: 'scale' }, () => asked(Stage.serving(2), 'scale', 'scale', 1)],
  ['that is stopping', {}, () => asked(halfway(), 'stop')],
  ['that is stopping while one drains', {}, () => asked(draining(), 'stop')],
  ['that is being deleted', {}, () => asked(Stage.serving(2), 'delete')],
])('of an app %s', (_, there, story) => {
  test.each<ControlAction>(['abort', 'pause', 'resume', 'finish'])(
    '%s acts on what is there, or does nothing',
    (action) => {
      const app = story();
      const before = app.machine;
      expect(controllable(before, action)).toBe(there[action] ?? null);
      const lines = app.control(action);
      if (there[action] === undefined) expect([lines, app.machine]).toEqual([['nothing to do'], before]);
      else expect(app.machine).not.toEqual(before);
    },
  );
});

describe('abort', () => {
  test('brings the old code back where the new one serves; it has ended when that is done', () => {
    const app = halfway();
    expect(app.control('abort', BY)).toEqual(['signal #5', 'fork #6 0/1']);
    app.gone(5);
    expect(app.control('abort')).toEqual(['nothing to do']);
    expect(app.listening(6)).toEqual(['admit #6', 'drain #4 hand-over', `end reload failed: aborted by ${BY}`]);
    app.empty(4);
    app.gone(4);
    expect(app.workers).toEqual(['#2 1/1 online', '#3 2/1 online', '#6 0/1 online']);
    expect(app.machine).toMatchObject({ operation: null, generation: 1 });
  });

  test('takes settings and the number of instances back', () => {
    const app = Stage.serving(2);
    app.ask('reload', { policy: { ...POLICY, killTimeout: 77 }, instances: 5 });
    app.control('abort');
    app.gone(3);
    expect(app.machine).toMatchObject({ policy: POLICY, instances: 2 });
    expect(app.machine.slots).toHaveLength(2);
  });

  test('leaves what waits in line: that begins', () => {
    const app = halfway();
    app.ask('reload', { op: 'second' });
    expect(app.control('abort')).toEqual(['signal #5', 'fork #6 0/1']);
    expect(app.listening(6)).toEqual([
      'admit #6',
      'drain #4 hand-over',
      'end reload failed: aborted',
      'begin second',
      'fork #7 0/3',
    ]);
  });

  test('of a restart: the old code comes back', () => {
    const app = Stage.serving(2);
    app.ask('restart');
    app.idle(1);
    app.gone(1);
    expect(app.control('abort')).toEqual(['signal #3', 'fork #4 0/1', 'fork #5 1/1']);
    expect(app.listening(4, 5)).toEqual(['admit #4', 'admit #5', 'end restart failed: aborted']);
  });

  test('of a scaling up: what came goes again', () => {
    const app = Stage.serving(1);
    app.ask('scale', { instances: 3 });
    app.listening(2);
    expect(app.control('abort')).toEqual(['signal #3', 'end scale failed: aborted', 'drain #2 hand-over']);
    expect(app.machine.instances).toBe(1);
  });

  test('of an app in fork mode: the old code starts when the new worker is gone', () => {
    const app = Stage.serving(2, { execMode: 'fork' });
    app.ask('reload');
    app.empty(1);
    app.gone(1);
    expect(app.control('abort')[0]).toBe('signal #3');
    expect(app.gone(3)).toEqual(['fork #4 0/1']);
  });

  test('of a paused reload ends it', () => {
    const app = halfway();
    app.control('pause');
    expect(app.control('abort')).toEqual(['signal #5', 'fork #6 0/1']);
    expect(app.listening(6)).toEqual(['admit #6', 'drain #4 hand-over', 'end reload failed: aborted']);
  });
});

describe('pause', () => {
  test('lets what is starting take over, and begins no further slot; resume does', () => {
    const app = halfway();
    expect(app.control('pause')).toEqual([]);
    expect(app.listening(5)).toEqual(['admit #5', 'drain #2 hand-over']);
    app.empty(2);
    expect(app.gone(2)).toEqual([]);
    expect(app.wait(3_600_000)).toEqual([]);
    expect(app.workers).toEqual(['#3 2/1 online', '#4 0/2 online', '#5 1/2 online']);
    expect(app.control('resume')).toEqual(['fork #6 2/2']);
    app.listening(6);
    app.empty(3);
    expect(app.gone(3)).toEqual(['end reload done']);
  });

  test('a worker that crashes comes back as what its slot runs', () => {
    const app = halfway();
    app.control('pause');
    expect(app.exit(3)).toEqual(['fork #6 2/1']);
    expect(app.exit(4)).toEqual(['fork #7 0/2']);
  });

  test('code that does not start is refused all the same', () => {
    const app = halfway();
    app.control('pause');
    expect(app.exit(5)).toEqual(['fork #6 0/1']);
    expect(app.listening(6).at(-1)).toBe('end reload failed: the new worker ended with code 1 before it was ready');
  });

  test('what else is asked waits; a stop does not', () => {
    const app = halfway();
    app.control('pause');
    expect(app.ask('reload', { op: 'second' })).toEqual([]);
    const came = 'failed: zdm stop came in between';
    expect(app.ask('stop')).toEqual(expect.arrayContaining([`end reload ${came}`, `end second ${came}`, 'begin stop']));
  });

  test('is the one operation’s only', () => {
    const app = halfway();
    app.control('pause');
    app.control('abort');
    app.gone(5);
    app.listening(6);
    app.ask('reload', { op: 'second' });
    expect(app.listening(7)).toEqual(['admit #7', 'drain #6 hand-over', 'fork #8 1/3']);
  });
});

describe('finish', () => {
  test('stops old workers that keep open connections, after the reload', () => {
    const app = draining();
    expect(app.control('finish')).toEqual(['signal #1']);
    expect(app.gone(1)).toEqual([]);
  });

  test('and during it; its end comes with theirs', () => {
    const app = settling();
    expect(app.control('finish')).toEqual(['signal #1']);
    expect(app.gone(1)).toEqual(['end reload done']);
  });

  test('leaves the requests of a restart their time', () => {
    const app = Stage.serving(1);
    app.ask('restart');
    expect(app.control('finish')).toEqual(['nothing to do']);
    expect(app.workers).toEqual(['#1 0/1 draining']);
  });
});

/** The new worker has taken over, the old one has a request in flight. */
function settling(): Stage {
  const app = asked(Stage.serving(1), 'reload');
  app.listening(2);
  return app;
}

/** The reload is over, its old worker keeps connections. */
function draining(): Stage {
  const app = settling();
  app.idle(1);
  return app;
}

function asked(
  app: Stage,
  kind: Parameters<Stage['ask']>[0],
  op: string = kind,
  instances: number | null = null,
): Stage {
  app.ask(kind, { op, instances });
  return app;
}

function steered(app: Stage, action: ControlAction): Stage {
  app.control(action);
  return app;
}

function crashed(app: Stage): Stage {
  app.exit(1);
  return app;
}

import { describe, expect, test } from 'vitest';
import { POLICY, Stage } from './stage.ts';

/** Two workers that run generation 2, after generation 1. */
function reloaded(bake = 0): Stage {
  const app = Stage.serving(2, { bake });
  app.ask('reload', { policy: { ...POLICY, bake, killTimeout: 77 } });
  app.listening(3, 4);
  app.empty(1, 2);
  app.gone(1, 2);
  return app;
}

describe('a rollback', () => {
  test('brings back what served before, with its settings; another one goes there again', () => {
    const app = reloaded();
    expect(app.ask('rollback')).toEqual(['begin rollback', 'fork #5 0/1']);
    app.listening(5, 6);
    app.empty(3, 4);
    expect(app.gone(3, 4)).toEqual(['end rollback done']);
    expect(app.machine).toMatchObject({
      generation: 1,
      policy: { killTimeout: POLICY.killTimeout },
      previous: { generation: 2, policy: { killTimeout: 77 } },
    });
    expect(app.ask('rollback', { op: 'again' })).toEqual(['begin again', 'fork #7 0/2']);
    expect(app.ask('reload', { op: 'next' })).toEqual([]);
    expect(app.machine.lastGeneration).toBe(2);
  });

  test('is refused where nothing served before', () => {
    expect(Stage.serving(1).ask('rollback')).toEqual(['end rollback failed: there is no release to go back to']);
  });

  test('to code that does not start any more is refused like any other', () => {
    const app = reloaded();
    app.ask('rollback');
    expect(app.missing(5, 'the code of generation 1 is gone from disk')).toEqual([
      'end rollback failed: the new worker could not be started: the code of generation 1 is gone from disk',
    ]);
    expect(app.workers).toEqual(['#3 0/2 online', '#4 1/2 online']);
    expect(app.machine).toMatchObject({ generation: 2, previous: { generation: 1 }, policy: { killTimeout: 77 } });
  });

  test('after a failed reload goes to what served before the one that serves', () => {
    const app = reloaded();
    app.ask('reload');
    app.exit(5);
    expect(app.ask('rollback')).toEqual(['begin rollback', 'fork #6 0/1']);
  });
});

describe('new code that crashes again and again within bake', () => {
  test('raises an alarm with the third death of one slot', () => {
    const app = reloaded(30_000);
    app.wait(1_000);
    expect(app.exit(3)).toEqual(['fork #5 0/2']);
    app.listening(5);
    app.wait(2_000);
    expect(app.exit(4)).toEqual(['fork #6 1/2']);
    expect(app.exit(5)).toEqual(['fork #7 0/2']);
    expect(app.exit(7)).toEqual(['alarm: slot 0 died 3 times within 30s after it took over (bake)']);
  });

  test('raises none after that, and none of old code', () => {
    const app = reloaded(30_000);
    app.wait(30_001);
    for (const id of [3, 5, 6]) expect(app.exit(id).join()).not.toContain('alarm');
    const old = Stage.serving(1, { bake: 30_000 });
    for (const id of [1, 2, 3]) expect(old.exit(id).join()).not.toContain('alarm');
  });

  test('raises one when a slot is given up', () => {
    const app = Stage.serving(1, { bake: 30_000, autorestart: false });
    app.ask('reload');
    app.listening(2);
    app.empty(1);
    app.gone(1);
    expect(app.exit(2)).toEqual(['alarm: slot 0 was given up: it ended (code 1) and autorestart is off']);
  });

  test('during the rollout: it fails, and goes back', () => {
    const app = Stage.serving(2, { bake: 30_000 });
    app.ask('reload');
    app.listening(3);
    app.exit(3);
    app.wait(100);
    app.exit(5);
    app.wait(100);
    const lines = app.exit(6);
    expect(lines).toEqual(['signal #4', 'fork #7 0/1']);
    expect(app.listening(7)).toEqual(['admit #7', 'end reload failed: slot 0 died 3 times during the rollout']);
  });
});

describe('a rehearsal', () => {
  test('starts one worker in a place of its own, lets it get ready and throws it away', () => {
    const app = Stage.serving(2);
    expect(app.ask('rehearse')).toEqual(['begin rehearse', 'fork #3 2/2']);
    expect(app.listening(3)).toEqual(['standby #3', 'signal #3']);
    expect(app.gone(3)).toEqual(['end rehearse done']);
    expect(app.machine).toMatchObject({ generation: 1, instances: 2, previous: null });
    expect(app.machine.slots).toHaveLength(2);
  });

  test('of code that does not start fails, and nothing has changed', () => {
    const app = Stage.serving(2);
    app.ask('rehearse');
    expect(app.exit(3)).toEqual(['end rehearse failed: the new worker ended with code 1 before it was ready']);
    expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online']);
    expect(app.wakesIn).toBeNull();
  });

  test('needs an app that serves, and that does not own its ports', () => {
    expect(new Stage().ask('rehearse')).toEqual(['end rehearse failed: the app does not serve']);
    expect(Stage.serving(1, { execMode: 'fork' }).ask('rehearse')[0]).toMatch(/a fork-mode app owns its ports/);
  });
});

describe('of reloads that wait', () => {
  test('the last one is done, the others are told; what they brought is not lost', () => {
    const app = Stage.serving(1);
    app.ask('reload', { op: 'runs' });
    expect(app.ask('reload', { op: 'second', policy: { ...POLICY, killTimeout: 77 }, instances: 2 })).toEqual([]);
    expect(app.ask('reload', { op: 'third' })).toEqual(['end second failed: a newer reload took its place']);
    app.listening(2);
    app.empty(1);
    expect(app.gone(1)).toEqual(['end runs done', 'begin third', 'fork #3 0/3']);
    expect(app.machine).toMatchObject({ instances: 2, policy: { killTimeout: 77 } });
  });

  test('other things wait their turn', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    app.ask('scale', { instances: 2 });
    expect(app.ask('reload', { op: 'next' })).toEqual([]);
    expect(app.machine.queue.map(({ op }) => op)).toEqual(['scale', 'next']);
  });
});

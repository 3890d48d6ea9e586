import { describe, expect, test } from 'vitest';
import { POLICY, Stage } from './stage.ts';

describe('a reload', () => {
  test('goes slot by slot: new worker first, the old one dismissed when the new one is admitted', () => {
    const app = Stage.serving(2);
    expect(app.ask('reload')).toEqual(['begin reload', 'fork #3 0/2']);
    expect(app.listening(3)).toEqual(['admit #3', 'drain #1 hand-over', 'fork #4 1/2']);
    expect(app.listening(4)).toEqual(['admit #4', 'drain #2 hand-over']);
    expect(app.empty(1)).toEqual(['signal #1']);
    expect(app.empty(2)).toEqual(['signal #2']);
    expect(app.gone(1)).toEqual([]);
    expect(app.gone(2)).toEqual(['end reload done']);
    expect(app.workers).toEqual(['#3 0/2 online', '#4 1/2 online']);
    expect(app.machine.generation).toBe(2);
  });

  test('is over when the old workers have no request in flight; their open connections do not hold it up', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    app.listening(2);
    expect(app.idle(1)).toEqual(['end reload done']);
    expect(app.workers).toEqual(['#1 0/1 draining', '#2 0/2 online']);
    expect(app.wait(30_000)).toEqual(['+30000 signal #1']);
  });

  test('waits no longer than 5 s for requests in flight', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    app.listening(2);
    expect(app.wait(4_999)).toEqual([]);
    expect(app.wait(1)).toEqual(['+1 end reload done']);
  });

  test('of one instance: the old worker serves until the new one is admitted', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    expect(app.workers).toEqual(['#1 0/1 online', '#2 0/2 starting']);
    expect(app.wait(9_999)).toEqual([]);
    expect(app.workers).toEqual(['#1 0/1 online', '#2 0/2 starting']);
  });

  test('of a stopped app starts it', () => {
    const app = new Stage({}, 2);
    expect(app.ask('reload')).toEqual(['begin reload', 'fork #1 0/1', 'fork #2 1/1']);
    expect(app.listening(1, 2)).toEqual(['admit #1', 'admit #2', 'end reload done']);
  });

  test('two reloads: the second one begins when the first has ended, and replaces its workers', () => {
    const app = Stage.serving(1);
    app.ask('reload', { op: 'first' });
    expect(app.ask('reload', { op: 'second' })).toEqual([]);
    app.listening(2);
    app.empty(1);
    expect(app.gone(1)).toEqual(['end first done', 'begin second', 'fork #3 0/3']);
    app.listening(3);
    app.empty(2);
    expect(app.gone(2)).toEqual(['end second done']);
    expect(app.workers).toEqual(['#3 0/3 online']);
  });
});

describe('a reload with another number of instances', () => {
  test('more: new slots, too, come one after another', () => {
    const app = Stage.serving(1);
    expect(app.ask('reload', { instances: 3 })).toEqual(['begin reload', 'fork #2 0/2']);
    expect(app.listening(2)).toEqual(['admit #2', 'drain #1 hand-over', 'fork #3 1/2']);
    app.empty(1);
    app.gone(1);
    expect(app.listening(3)).toEqual(['admit #3', 'fork #4 2/2']);
    expect(app.listening(4)).toEqual(['admit #4', 'end reload done']);
  });

  test('fewer: what is too many goes when the new workers have taken over', () => {
    const app = Stage.serving(3);
    expect(app.ask('reload', { instances: 1 })).toEqual(['begin reload', 'fork #4 0/2']);
    expect(app.listening(4)).toEqual(['admit #4', 'drain #1 hand-over', 'drain #2 hand-over', 'drain #3 hand-over']);
  });

  test('fewer, and refused: none of the old workers was touched', () => {
    const app = Stage.serving(3);
    app.ask('reload', { instances: 1 });
    expect(app.exit(4)).toEqual(['end reload failed: the new worker ended with code 1 before it was ready']);
    expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online', '#3 2/1 online']);
    expect(app.machine.instances).toBe(3);
  });

  test('fewer, and refused after a slot too many has crashed: that one comes back as what it was', () => {
    const app = Stage.serving(2);
    app.ask('reload', { op: 'first' });
    app.listening(3, 4);
    app.empty(1, 2);
    app.gone(1, 2);
    app.ask('reload', { op: 'second', instances: 1 });
    expect(app.exit(4)).toEqual([]);
    expect(app.exit(5)).toEqual([expect.stringContaining('end second failed'), 'fork #6 1/2']);
  });
});

describe('a worker crashes during a reload', () => {
  test('in a slot that waits for its turn: it comes back as what it was', () => {
    const app = Stage.serving(2);
    app.ask('reload');
    expect(app.exit(2)).toEqual(['fork #4 1/1']);
    app.listening(4);
    expect(app.listening(3)).toEqual(['admit #3', 'drain #1 hand-over', 'fork #5 1/2']);
    expect(app.listening(5)).toEqual(['admit #5', 'drain #4 hand-over']);
  });

  test('in the slot that is being replaced: the new worker is there already', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    expect(app.exit(1)).toEqual([]);
    expect(app.listening(2)).toEqual(['admit #2', 'end reload done']);
    expect(app.machine.restarts).toBe(1);
  });

  test('in a slot that is done: it comes back as the new one', () => {
    const app = Stage.serving(2);
    app.ask('reload');
    app.listening(3);
    expect(app.exit(3)).toEqual(['fork #5 0/2']);
    expect(app.listening(5)).toEqual(['admit #5']);
    expect(app.listening(4)).toEqual(['admit #4', 'drain #2 hand-over']);
  });

  test('in a slot that waits, and is not to be replaced: that is no reason to keep the new code out', () => {
    const app = Stage.serving(2, { autorestart: false });
    app.ask('reload');
    expect(app.exit(2)).toEqual([]);
    expect(app.listening(3)).toEqual(['admit #3', 'drain #1 hand-over', 'fork #4 1/2']);
  });

  test('again and again in a slot that waits: its backoff does not delay the new code', () => {
    const app = Stage.serving(2);
    app.ask('reload');
    for (const id of [2, 4]) app.exit(id);
    expect(app.listening(3)).toEqual(['admit #3', 'drain #1 hand-over', 'fork #5 1/2']);
  });

  test('for good, after all slots were done: the command fails, and the new code stays what is wanted', () => {
    const app = Stage.serving(2);
    app.ask('reload', { policy: { ...POLICY, autorestart: false }, instances: 1 });
    app.listening(3);
    expect(app.exit(3)).toEqual(['end reload failed: it ended (code 1) and autorestart is off']);
    expect(app.machine).toMatchObject({ generation: 2, instances: 1, policy: { autorestart: false } });
  });

  test('and the slot was given up before: the reload brings the new code there, and not the old one back', () => {
    const app = Stage.serving(2, { autorestart: false });
    app.exit(2);
    expect(app.ask('reload')).toEqual(['begin reload', 'fork #3 0/2']);
    expect(app.listening(3)).toEqual(['admit #3', 'drain #1 hand-over', 'fork #4 1/2']);
    app.empty(1);
    app.gone(1);
    expect(app.listening(4)).toEqual(['admit #4', 'end reload done']);
  });
});

test('a promise that is heard of only after the dismissal is kept all the same, and given once', () => {
  const app = Stage.serving(1, { drainTimeout: 500 });
  app.ask('reload');
  app.listening(2);
  app.wait(100);
  app.promised(1, 6_000);
  app.promised(1, 6_000);
  expect(app.idle(1)).toEqual(['end reload done']);
  expect(app.wait(5_899)).toEqual([]);
  expect(app.wait(1)).toEqual(['+1 signal #1']);
});

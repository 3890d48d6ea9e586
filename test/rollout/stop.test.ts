import { describe, expect, test } from 'vitest';
import { Stage } from './stage.ts';

describe.each(['stop', 'delete'] as const)('%s', (kind) => {
  test('lets requests in flight end, then signals, and is done when the last worker is gone', () => {
    const app = Stage.serving(2);
    expect(app.ask(kind)).toEqual([`begin ${kind}`, 'drain #1 finish', 'drain #2 finish']);
    expect(app.state).toBe('stopping');
    expect(app.idle(1)).toEqual(['signal #1']);
    expect(app.gone(1)).toEqual([]);
    expect(app.idle(2)).toEqual(['signal #2']);
    expect(app.gone(2)).toEqual([`end ${kind} done`]);
    expect(app.state).toBe('stopped');
    expect(app.wakesIn).toBeNull();
  });

  test('of an app that does not run is done at once', () => {
    const app = new Stage();
    expect(app.ask(kind)).toEqual([`begin ${kind}`, `end ${kind} done`]);
  });

  test('a worker that dies by itself meanwhile is not replaced', () => {
    const app = Stage.serving(1);
    app.ask(kind);
    expect(app.exit(1)).toEqual([`end ${kind} done`]);
  });

  test('in a start: that fails, and no worker stays', () => {
    const app = new Stage({}, 2);
    app.ask('start');
    app.listening(1);
    expect(app.ask(kind)).toEqual([
      `end start failed: zdm ${kind} came in between`,
      `begin ${kind}`,
      'drain #1 finish',
      'signal #2',
    ]);
    expect(app.gone(2)).toEqual([]);
    expect(app.idle(1)).toEqual(['signal #1']);
    expect(app.gone(1)).toEqual([`end ${kind} done`]);
  });

  test('in a patient start that waits for its next try', () => {
    const app = new Stage();
    app.ask('start', { patient: true });
    app.exit(1);
    app.exit(2);
    expect(app.ask(kind).slice(-2)).toEqual([`begin ${kind}`, `end ${kind} done`]);
    expect(app.wait(60_000)).toEqual([]);
  });

  test('in a reload: that fails, so does what waits behind it, old and new workers go', () => {
    const app = Stage.serving(2);
    app.ask('reload', { op: 'first' });
    app.ask('reload', { op: 'second' });
    app.ask('scale', { instances: 7 });
    expect(app.ask(kind)).toEqual([
      'signal #3',
      `end first failed: zdm ${kind} came in between`,
      `end second failed: zdm ${kind} came in between`,
      `end scale failed: zdm ${kind} came in between`,
      `begin ${kind}`,
      'drain #1 finish',
      'drain #2 finish',
    ]);
    app.idle(1, 2);
    expect(app.gone(1, 2, 3)).toEqual([`end ${kind} done`]);
    expect(app.machine.instances).toBe(2);
  });

  test('in a reload that has only old workers to wait for: what it brought stays wanted', () => {
    const app = Stage.serving(1);
    app.ask('reload', { instances: 2 });
    app.listening(2, 3);
    expect(app.ask(kind)[0]).toBe(`end reload failed: zdm ${kind} came in between`);
    expect(app.machine.instances).toBe(2);
  });

  test('in a restart', () => {
    const app = Stage.serving(2);
    app.ask('restart');
    app.idle(1);
    app.gone(1);
    expect(app.ask(kind)).toEqual(['signal #3', `end restart failed: zdm ${kind} came in between`, `begin ${kind}`]);
    app.idle(2);
    expect(app.gone(2, 3)).toEqual([`end ${kind} done`]);
  });

  test('does not wait for the drain_timeout of workers that a reload has left draining', () => {
    const app = Stage.serving(2);
    app.ask('reload');
    app.listening(3, 4);
    app.idle(1);
    expect(app.ask(kind)).toEqual([
      `end reload failed: zdm ${kind} came in between`,
      `begin ${kind}`,
      'signal #1',
      'drain #3 finish',
      'drain #4 finish',
    ]);
    expect(app.wait(4_000)).toEqual(['+4000 kill #1', '+4000 signal #2', '+4000 signal #3', '+4000 signal #4']);
  });

  test('a start that comes while it stops waits, and then starts', () => {
    const app = Stage.serving(1);
    app.ask(kind);
    expect(app.ask('start', { op: 'again' })).toEqual([]);
    app.idle(1);
    expect(app.gone(1)).toEqual([`end ${kind} done`, 'begin again', 'fork #2 0/2']);
  });

  test('twice: the second one waits for the same end, and both are done', () => {
    const app = Stage.serving(1);
    app.ask('stop', { op: 'first' });
    app.ask('start', { op: 'between' });
    expect(app.ask(kind, { op: 'second' })).toEqual([`end between failed: zdm ${kind} came in between`]);
    app.idle(1);
    expect(app.gone(1)).toEqual(['end first done', 'begin second', 'end second done']);
  });

  test('clears what was given up', () => {
    const app = new Stage();
    app.ask('start');
    app.exit(1);
    app.ask(kind);
    expect(app.state).toBe('stopped');
    expect(app.ask('start', { op: 'again' })).toEqual(['begin again', 'fork #2 0/2']);
  });
});

describe('the way out of a worker', () => {
  test('a request that does not end is cut after kill_timeout, and a process that does not end after another', () => {
    const app = Stage.serving(1);
    app.ask('stop');
    expect(app.wait(60_000)).toEqual(['+4000 signal #1', '+8000 kill #1']);
    expect(app.exit(1, 'signal SIGKILL')).toEqual(['end stop done']);
  });

  test('a replaced worker may keep its connections until drain_timeout', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    app.listening(2);
    app.idle(1);
    expect(app.wait(60_000)).toEqual(['+30000 signal #1', '+34000 kill #1']);
  });

  test('its last connection closes before: it is stopped then', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    app.listening(2);
    app.idle(1);
    expect(app.empty(1)).toEqual(['signal #1']);
    expect(app.empty(1)).toEqual([]);
  });

  test('limits of zero are kept, too', () => {
    const app = Stage.serving(1, { killTimeout: 0, drainTimeout: 0 });
    app.ask('reload');
    app.listening(2);
    expect(app.wait(10)).toEqual(['+1 signal #1', '+2 kill #1']);
  });

  test('news of a worker that is gone, or that never was, changes nothing', () => {
    const app = Stage.serving(1);
    for (const id of [0, 9]) {
      expect([app.listening(id), app.ready(id), app.empty(id), app.gone(id)].flat()).toEqual([]);
    }
    expect(app.workers).toEqual(['#1 0/1 online']);
  });
});

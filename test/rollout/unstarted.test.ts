import { expect, test } from 'vitest';
import { Stage } from './stage.ts';

test('no room for a replacement: tried every second for as long as it lasts, and no failure of the app’s', () => {
  const app = Stage.serving(2, { maxRestarts: 3 });
  expect(app.exit(1)).toEqual(['fork #3 0/1']);
  for (let worker = 3; worker < 50; worker += 1) {
    expect(app.unstarted(worker)).toEqual([]);
    expect(app.state).toBe('online: slot 0 cannot be started: no room; again at +1000');
    expect(app.wait(1_000)).toEqual([`+1000 fork #${worker + 1} 0/1`]);
  }
  expect(app.listening(50)).toEqual(['admit #50']);
  expect(app.state).toBe('online');
  expect(app.machine.restarts).toBe(1);
  // The app's own deaths count from where they were.
  expect(app.exit(50)).toEqual([]);
  expect(app.state).toBe('online: slot 0 died 2 times in a row; again at +100');
});

test('no room in a reload: it is refused with the reason, and the old workers serve on', () => {
  const app = Stage.serving(2);
  expect(app.ask('reload')).toEqual(['begin reload', 'fork #3 0/2']);
  expect(app.unstarted(3)).toEqual(['end reload failed: the new worker could not be started: no room']);
  expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online']);
  expect(app.state).toBe('online');
  expect(app.wait(60_000)).toEqual([]);
});

test('no room for the first start: whoever asked is told, and nothing is tried on', () => {
  const app = new Stage();
  app.ask('start');
  expect(app.unstarted(1)).toEqual(['end start failed: the new worker could not be started: no room']);
  expect(app.state).toBe('errored: the new worker could not be started: no room');
  expect(app.wait(60_000)).toEqual([]);
});

test('no room for an app that comes back by itself: it is tried on', () => {
  const app = new Stage();
  app.ask('start', { patient: true });
  expect(app.unstarted(1)).toEqual([]);
  expect(app.state).toBe('backoff: slot 0 cannot be started: no room; again at +1000');
  expect(app.wait(1_000)).toEqual(['+1000 fork #2 0/1']);
});

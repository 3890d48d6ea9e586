import { expect, test } from 'vitest';
import { hasHandedOver } from '../../daemon/rollout/fleet.ts';
import { onlineCount } from '../../daemon/rollout/status.ts';
import { Stage } from './stage.ts';

test('slot by slot the heir serves first; the old workers go, and everything counts as up all the time', () => {
  const app = Stage.serving(2);
  expect(app.ask('handover')).toEqual(['begin handover', 'relieve 0']);
  expect(app.relieved(0)).toEqual(['relieve 1', 'drain #1 hand-over']);
  expect(onlineCount(app.machine)).toBe(2);
  expect(app.empty(1)).toEqual(['signal #1']);
  expect(app.gone(1)).toEqual([]);
  expect(app.relieved(1)).toEqual(['drain #2 hand-over']);
  app.empty(2);
  expect(app.gone(2)).toEqual(['end handover done']);
  expect(onlineCount(app.machine)).toBe(2);
  expect(hasHandedOver(app.machine)).toBe(true);
  expect(app.wait(600_000)).toEqual([]);
});

test('it ends with the last old worker, however long that drains', () => {
  const app = Stage.serving(1, { drainTimeout: 60_000 });
  app.ask('handover');
  app.relieved(0);
  expect(app.wait(59_000)).toEqual([]);
  expect(app.wait(2_000)).toEqual(['+1000 signal #1']);
  expect(app.gone(1)).toEqual(['end handover done']);
});

test('what waits is not begun here any more', () => {
  const app = Stage.serving(1);
  app.ask('handover');
  expect(app.ask('reload')).toEqual([]);
  app.relieved(0);
  app.empty(1);
  expect(app.gone(1)).toEqual(['end handover done']);
  expect(app.machine.queue.map(({ op }) => op)).toEqual(['reload']);
});

test('an heir that fails at its first slot has changed nothing', () => {
  const app = Stage.serving(2);
  app.ask('handover');
  expect(app.deserted('it failed', 0)).toEqual(['end handover failed: it failed']);
  expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online']);
  expect(app.wait(600_000)).toEqual([]);
});

test('an heir that fails later gives back what it had: workers of the same code start there', () => {
  const app = Stage.serving(2);
  app.ask('handover');
  app.relieved(0);
  expect(app.deserted('it failed', 1)).toEqual(['end handover failed: it failed', 'fork #3 0/1']);
  expect(app.workers).toEqual(['#1 0/1 draining', '#2 1/1 online', '#3 0/1 starting']);
});

test('an heir that is lost while the last old workers drain, too', () => {
  const app = Stage.serving(1);
  app.ask('handover');
  app.relieved(0);
  expect(app.deserted('it ended')).toEqual(['end handover failed: it ended', 'fork #2 0/1']);
});

test('a worker that crashes meanwhile is replaced where it was, unless the heir serves there', () => {
  const app = Stage.serving(2);
  app.ask('handover');
  expect(app.exit(2)).toEqual(['fork #3 1/1']);
  app.listening(3);
  app.relieved(0);
  expect(app.exit(1)).toEqual([]);
  expect(app.wait(600_000)).toEqual([]);
});

test('a stop does not wait for it', () => {
  const app = Stage.serving(1);
  app.ask('handover');
  app.relieved(0);
  expect(app.ask('stop')).toEqual(['end handover failed: zdm stop came in between', 'begin stop']);
  app.empty(1);
  expect(app.gone(1)).toEqual(['end stop done']);
  expect(app.workers).toEqual([]);
});

test('it can be aborted while there is something left to hand over', () => {
  const app = Stage.serving(2);
  app.ask('handover');
  app.relieved(0);
  expect(app.control('abort', 'me')).toEqual(['end handover failed: aborted by me', 'fork #3 0/1']);
});

test('late words of an heir that was given up mean nothing', () => {
  const app = Stage.serving(1);
  app.ask('handover');
  app.deserted('it failed', 0);
  expect(app.relieved(0)).toEqual([]);
  expect(app.deserted('again')).toEqual([]);
});

test('an app that does not serve has nothing to hand over', () => {
  const app = Stage.serving(1, { autorestart: false });
  app.exit(1);
  expect(app.ask('handover')).toEqual(['end handover failed: the app does not serve']);
});

test('slots that are on their way out are no part of it', () => {
  const app = Stage.serving(2);
  app.ask('scale', { instances: 1 });
  app.wait(6_000);
  expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 draining']);
  expect(app.ask('handover')).toEqual(['begin handover', 'relieve 0']);
});

test('a worker that starts anew where the heir is awaited does not stand for it', () => {
  const app = Stage.serving(1);
  app.ask('handover');
  expect(app.exit(1)).toEqual(['fork #2 0/1']);
  expect(app.exit(2)).toEqual([]);
  expect(app.wait(1_000)).toEqual(['+100 fork #3 0/1']);
  expect(app.listening(3)).toEqual(['admit #3']);
  expect(app.relieved(0)).toEqual(['drain #3 hand-over']);
});

test('an heir that has everything and is lost before it is the master leaves it all to us again', () => {
  const app = Stage.serving(1);
  app.ask('handover');
  app.ask('reload');
  app.relieved(0);
  app.empty(1);
  expect(app.gone(1)).toEqual(['end handover done']);
  expect(app.deserted('it was killed')).toEqual(['fork #2 0/1', 'begin reload', 'fork #3 0/2']);
});

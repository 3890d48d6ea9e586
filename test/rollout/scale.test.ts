import { expect, test } from 'vitest';
import { Stage } from './stage.ts';

test('up: the new slots start at once, with the code of the others', () => {
  const app = Stage.serving(1);
  expect(app.ask('scale', { instances: 3 })).toEqual(['begin scale', 'fork #2 1/1', 'fork #3 2/1']);
  expect(app.listening(2)).toEqual(['admit #2']);
  expect(app.listening(3)).toEqual(['admit #3', 'end scale done']);
});

test('down: the last slots hand over what they have, and disappear when their workers have', () => {
  const app = Stage.serving(4);
  expect(app.ask('scale', { instances: 2 })).toEqual(['begin scale', 'drain #3 hand-over', 'drain #4 hand-over']);
  expect(app.empty(3)).toEqual(['signal #3']);
  expect(app.gone(3)).toEqual([]);
  expect(app.machine.slots).toHaveLength(4);
  expect(app.empty(4)).toEqual(['signal #4']);
  expect(app.gone(4)).toEqual(['end scale done']);
  expect(app.machine.slots).toHaveLength(2);
});

test('down, and up again while a worker still drains: its slot gets a new worker at once', () => {
  const app = Stage.serving(2);
  app.ask('scale', { op: 'down', instances: 1 });
  expect(app.idle(2)).toEqual(['end down done']);
  expect(app.ask('scale', { op: 'up', instances: 2 })).toEqual(['begin up', 'fork #3 1/1']);
  expect(app.listening(3)).toEqual(['admit #3', 'end up done']);
  expect(app.wait(60_000)).toEqual(['+30000 signal #2', '+34000 kill #2']);
  expect(app.gone(2)).toEqual([]);
  expect(app.workers).toEqual(['#1 0/1 online', '#3 1/1 online']);
});

test('up after a reload that a draining slot has missed: it gets the present code', () => {
  const app = Stage.serving(2);
  app.ask('scale', { op: 'down', instances: 1 });
  app.idle(2);
  app.ask('reload');
  app.listening(3);
  app.empty(1);
  app.gone(1);
  expect(app.ask('scale', { op: 'up', instances: 2 })).toEqual(['begin up', 'fork #4 1/2']);
  app.listening(4);
  expect(app.exit(4)).toEqual(['fork #5 1/2']);
});

test('to the number there is: nothing happens', () => {
  const app = Stage.serving(2);
  expect(app.ask('scale', { instances: 2 })).toEqual(['begin scale', 'end scale done']);
});

test('up, and the new worker is bad: as it was before', () => {
  const app = Stage.serving(1);
  app.ask('scale', { instances: 3 });
  app.listening(2);
  expect(app.exit(3)).toEqual([
    'end scale failed: the new worker ended with code 1 before it was ready',
    'drain #2 hand-over',
  ]);
  app.empty(2);
  expect(app.gone(2)).toEqual([]);
  expect(app.workers).toEqual(['#1 0/1 online']);
  expect(app.machine).toMatchObject({ instances: 1, slots: [{ index: 0 }] });
});

test('up, and one is given up while another still starts: that one goes in the same turn', () => {
  const app = Stage.serving(1, { autorestart: false });
  app.ask('scale', { instances: 3 });
  app.listening(2);
  expect(app.exit(2)).toEqual(['signal #3', 'end scale failed: it ended (code 1) and autorestart is off']);
  app.gone(3);
  expect(app.machine.slots).toHaveLength(1);
});

test('a worker that was coming back after a crash is not disturbed by a refused scale', () => {
  const app = Stage.serving(1);
  expect(app.exit(1)).toEqual(['fork #2 0/1']);
  app.listening(2);
  app.ask('scale', { instances: 2 });
  expect(app.exit(2)).toEqual(['fork #4 0/1']);
  expect(app.exit(3)).toEqual(['end scale failed: the new worker ended with code 1 before it was ready']);
  expect(app.listening(4)).toEqual(['admit #4']);
});

test('up, while a crashed worker is coming back: that one is not waited for', () => {
  const app = Stage.serving(2);
  expect(app.exit(1)).toEqual(['fork #3 0/1']);
  expect(app.ask('scale', { instances: 3 })).toEqual(['begin scale', 'fork #4 2/1']);
  expect(app.listening(4)).toEqual(['admit #4', 'end scale done']);
});

test('three commands at once: one after another, in this order', () => {
  const app = Stage.serving(1);
  app.ask('reload');
  app.ask('scale', { op: 'two', instances: 2 });
  app.ask('scale', { op: 'one', instances: 1 });
  expect(app.exit(2).slice(-2)).toEqual(['begin two', 'fork #3 1/1']);
  expect(app.listening(3)).toEqual(['admit #3', 'end two done', 'begin one', 'drain #3 hand-over']);
});

test('during a reload: it waits for its turn', () => {
  const app = Stage.serving(1);
  app.ask('reload');
  expect(app.ask('scale', { instances: 2 })).toEqual([]);
  app.listening(2);
  app.empty(1);
  expect(app.gone(1)).toEqual(['end reload done', 'begin scale', 'fork #3 1/2']);
  expect(app.listening(3)).toEqual(['admit #3', 'end scale done']);
});

test('of an app that is not up starts it, and waits for all of it', () => {
  const app = new Stage({}, 1);
  expect(app.ask('scale', { instances: 2 })).toEqual(['begin scale', 'fork #1 0/1', 'fork #2 1/1']);
  expect(app.listening(2)).toEqual(['admit #2']);
  expect(app.listening(1)).toEqual(['admit #1', 'end scale done']);
});

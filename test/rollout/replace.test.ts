import { expect, test } from 'vitest';
import { Stage } from './stage.ts';

test('one worker is replaced by one of the same generation, which is ready before it goes', () => {
  const app = Stage.serving(3);
  expect(app.ask('replace', { slot: 1 })).toEqual(['begin replace', 'fork #4 1/1']);
  expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online', '#3 2/1 online', '#4 1/1 starting']);
  expect(app.listening(4)).toEqual(['admit #4', 'drain #2 hand-over']);
  app.empty(2);
  expect(app.gone(2)).toEqual(['end replace done']);
  expect(app.workers).toEqual(['#1 0/1 online', '#3 2/1 online', '#4 1/1 online']);
  expect(app.machine.generation).toBe(1);
});

test('an app that owns its port stops the old one first', () => {
  const app = Stage.serving(1, { execMode: 'fork' });
  expect(app.ask('replace', { slot: 0 })).toEqual(['begin replace', 'drain #1 hand-back']);
  expect(app.empty(1)).toEqual(['signal #1']);
  expect(app.gone(1)).toEqual(['fork #2 0/1']);
});

test('a successor that dies at boot leaves the worker as it was', () => {
  const app = Stage.serving(2);
  app.ask('replace', { slot: 0 });
  expect(app.exit(3)).toEqual(['end replace failed: the new worker ended with code 1 before it was ready']);
  expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online']);
  expect(app.wait(600_000)).toEqual([]);
});

test('a worker that is to be replaced, and was only starting itself, does not stand for its successor', () => {
  const app = Stage.serving(1);
  app.exit(1);
  expect(app.workers).toEqual(['#2 0/1 starting']);
  expect(app.ask('replace', { slot: 0 })).toEqual(['begin replace', 'fork #3 0/1']);
  expect(app.listening(2)).toEqual(['admit #2']);
  expect(app.listening(3)).toEqual(['admit #3', 'drain #2 hand-over']);
});

test('the end of the old worker, before its successor is ready, is no failure of the successor', () => {
  const app = Stage.serving(1);
  app.ask('replace', { slot: 0 });
  expect(app.exit(1)).toEqual([]);
  expect(app.listening(2)).toEqual(['admit #2', 'end replace done']);
});

test('a slot that was given up is tried again', () => {
  const app = Stage.serving(2, { autorestart: false });
  app.exit(2);
  expect(app.ask('replace', { slot: 1 })).toEqual(['begin replace', 'fork #3 1/1']);
  expect(app.listening(3)).toEqual(['admit #3', 'end replace done']);
});

test('a stopped app stays stopped', () => {
  const app = Stage.serving(1);
  app.ask('stop');
  expect(app.ask('replace', { slot: 0 })).toEqual([]);
  app.empty(1);
  expect(app.gone(1)).toEqual(['end stop done', 'end replace failed: the app is stopped']);
  expect(app.workers).toEqual([]);
});

test('of a slot that went away meanwhile there is nothing to do', () => {
  expect(Stage.serving(1).ask('replace', { slot: 3 })).toEqual(['begin replace', 'end replace done']);
});

test('a worker waits for its turn while a rollout runs', () => {
  const app = Stage.serving(1);
  app.ask('reload');
  expect(app.ask('replace', { slot: 0 })).toEqual([]);
  app.listening(2);
  app.empty(1);
  expect(app.gone(1)).toEqual(['end reload done', 'begin replace', 'fork #3 0/2']);
});

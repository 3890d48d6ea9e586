import { describe, expect, test } from 'vitest';
import { POLICY, Stage } from './stage.ts';

const OTHER = { ...POLICY, killTimeout: 77 };

describe.each([
  ['throws at boot', (app: Stage) => app.exit(4, 'code 1'), 'ended with code 1 before it was ready'],
  ['exits with 0 at boot', (app: Stage) => app.exit(4, 'code 0'), 'ended with code 0 before it was ready'],
  ['never listens', (app: Stage) => app.wait(10_000), 'did not listen on a port within 10s'],
])('a reload whose new worker %s', (_, badly, reason) => {
  test('fails with the reason, and the old workers serve on', () => {
    const app = Stage.serving(3);
    app.ask('reload');
    expect(badly(app).at(-1)).toContain(`end reload failed: the new worker ${reason}`);
    app.gone(4);
    expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online', '#3 2/1 online']);
    expect(app.wakesIn).toBeNull();
    expect(app.machine.generation).toBe(1);
  });

  test('takes its settings and its number of instances back', () => {
    const app = Stage.serving(3);
    app.ask('reload', { policy: OTHER, instances: 5 });
    badly(app);
    expect(app.machine).toMatchObject({ policy: POLICY, instances: 3 });
    app.gone(4);
    expect(app.machine.slots).toHaveLength(3);
  });

  test('lets the next one in the queue try', () => {
    const app = Stage.serving(3);
    app.ask('reload', { op: 'first' });
    app.ask('reload', { op: 'second' });
    expect(badly(app).map((line) => line.replace(/^\+\d+ /, ''))).toEqual(
      expect.arrayContaining(['begin second', 'fork #5 0/3']),
    );
  });
});

test('a reload whose new worker never says ready: the old one serves on', () => {
  const app = Stage.serving(1, { waitReady: true });
  app.ask('reload');
  expect(app.wait(10_000)).toEqual([
    '+10000 signal #2',
    "+10000 end reload failed: the new worker did not call process.send('ready') within 10s",
  ]);
  app.gone(2);
  expect(app.workers).toEqual(['#1 0/1 online']);
});

test('a bad worker that ignores the stop signal is killed in the background', () => {
  const app = Stage.serving(1);
  app.ask('reload');
  app.wait(10_000);
  expect(app.wait(60_000)).toEqual(['+4000 kill #2']);
});

test('the second slot is bad: the first gets the old code back, and then it has ended', () => {
  const app = Stage.serving(3);
  app.ask('reload');
  app.listening(4);
  app.empty(1);
  app.gone(1);
  expect(app.exit(5)).toEqual(['fork #6 0/1']);
  expect(app.workers).toEqual(['#2 1/1 online', '#3 2/1 online', '#4 0/2 online', '#6 0/1 starting']);
  expect(app.listening(6)).toEqual([
    'admit #6',
    'drain #4 hand-over',
    'end reload failed: the new worker ended with code 1 before it was ready',
  ]);
  expect(app.exit(3)).toEqual(['fork #7 2/1']);
});

test('the second slot is bad, and the old code is gone: the first keeps the new code, and the note says why', () => {
  const app = Stage.serving(2);
  app.ask('reload');
  app.listening(3);
  app.exit(4);
  expect(app.missing(5, 'releases/1 is gone from disk')).toEqual([
    'end reload failed: the new worker ended with code 1 before it was ready (slot 0 keeps generation 2: releases/1 is gone from disk)',
  ]);
  app.empty(1);
  app.gone(1);
  expect(app.workers).toEqual(['#2 1/1 online', '#3 0/2 online']);
  expect(app.exit(3)).toEqual(['fork #6 0/2']);
  expect(app.exit(2)).toEqual(['fork #7 1/1']);
});

test('the second slot is bad, and the old code does not start any more: likewise', () => {
  const app = Stage.serving(2);
  app.ask('reload');
  app.listening(3);
  app.exit(4);
  expect(app.exit(5)).toEqual([
    expect.stringMatching(
      /^end reload failed: .*slot 0 keeps generation 2: the old code ended with code 1 before it was ready/,
    ),
  ]);
});

test('a finished slot whose worker has crashed gets the old code at once when a later slot is refused', () => {
  const app = Stage.serving(2);
  app.ask('reload');
  app.listening(3);
  expect(app.exit(3)).toEqual(['fork #5 0/2']);
  expect(app.exit(4)).toEqual(['signal #5', 'fork #6 0/1']);
  expect(app.listening(6)[0]).toBe('admit #6');
});

test('the only old worker crashes, then the new one fails: the old code comes back', () => {
  const app = Stage.serving(1);
  app.ask('reload');
  app.exit(1);
  expect(app.exit(2)).toEqual(['fork #3 0/1']);
  expect(app.listening(3)).toEqual([
    'admit #3',
    'end reload failed: the new worker ended with code 1 before it was ready',
  ]);
});

test('of an app that served nothing: it fails as a start does, and stays with the new code', () => {
  const app = new Stage({ autorestart: false });
  app.ask('start');
  app.listening(1);
  app.exit(1);
  app.ask('reload', { policy: OTHER });
  expect(app.exit(2)).toEqual(['end reload failed: the new worker ended with code 1 before it was ready']);
  expect(app.machine).toMatchObject({ generation: 2, policy: OTHER, slots: [{ generation: 2 }] });
});

import { describe, expect, test } from 'vitest';
import { Stage } from './stage.ts';

describe('a restart', () => {
  test('stops all workers, each slot starts as its old worker is gone', () => {
    const app = Stage.serving(2);
    expect(app.ask('restart')).toEqual(['begin restart', 'drain #1 hand-back', 'drain #2 hand-back']);
    expect(app.idle(1)).toEqual(['signal #1']);
    expect(app.gone(1)).toEqual(['fork #3 0/2']);
    expect(app.listening(3)).toEqual(['admit #3']);
    expect(app.idle(2)).toEqual(['signal #2']);
    expect(app.gone(2)).toEqual(['fork #4 1/2']);
    expect(app.listening(4)).toEqual(['admit #4', 'end restart done']);
  });

  test('does not wait longer for requests in flight than kill_timeout, nor for the end of a process', () => {
    const app = Stage.serving(1);
    app.ask('restart');
    expect(app.wait(60_000)).toEqual(['+4000 signal #1', '+8000 kill #1']);
    expect(app.exit(1, 'signal SIGKILL')).toEqual(['fork #2 0/2']);
  });

  test('does not wait for what an earlier reload left draining', () => {
    const app = Stage.serving(1);
    app.ask('reload');
    app.listening(2);
    app.idle(1);
    expect(app.ask('restart')).toEqual(['begin restart', 'signal #1', 'drain #2 hand-back']);
    app.gone(1);
    app.idle(2);
    expect(app.gone(2)).toEqual(['fork #3 0/3']);
  });

  test('with bad code: the old code comes back', () => {
    const app = Stage.serving(2);
    app.ask('restart');
    app.idle(1, 2);
    app.gone(1, 2);
    expect(app.exit(3)).toEqual(['signal #4', 'fork #5 0/1', 'fork #6 1/1']);
    expect(app.listening(5, 6)).toEqual([
      'admit #5',
      'admit #6',
      'end restart failed: the new worker ended with code 1 before it was ready',
    ]);
  });

  test('with code that never gets ready: the old code comes back', () => {
    const app = Stage.serving(1);
    app.ask('restart');
    app.idle(1);
    app.gone(1);
    expect(app.wait(10_000)).toEqual(['+10000 signal #2', '+10000 fork #3 0/1']);
    expect(app.listening(3)).toEqual([
      'admit #3',
      'end restart failed: the new worker did not listen on a port within 10s',
    ]);
  });

  test('with bad code, and the old code is as bad: both are tried on, and the command ends', () => {
    const app = Stage.serving(1);
    app.ask('restart');
    app.idle(1);
    app.gone(1);
    expect(app.exit(2)).toEqual(['fork #3 0/1']);
    expect(app.exit(3)).toEqual([
      'fork #4 0/1',
      'end restart failed: the new worker ended with code 1 before it was ready',
    ]);
  });

  test('of an app in backoff starts at once', () => {
    const app = new Stage();
    app.ask('start');
    app.listening(1);
    app.exit(1);
    app.exit(2);
    expect(app.state).toBe('backoff: slot 0 died 2 times in a row; again at +100');
    expect(app.ask('restart')).toEqual(['begin restart', 'fork #3 0/2']);
  });
});

describe('an app in fork mode', () => {
  const fork = { execMode: 'fork' } as const;

  test('has started when it has stayed up for min_uptime', () => {
    const app = new Stage(fork);
    expect(app.ask('start')).toEqual(['begin start', 'fork #1 0/1']);
    expect(app.wait(60_000)).toEqual(['+1000 admit #1', '+1000 end start done']);
  });

  test('that says ready has started when it says so', () => {
    const app = new Stage({ ...fork, waitReady: true });
    app.ask('start');
    expect(app.ready(1)).toEqual(['admit #1', 'end start done']);
  });

  test('is reloaded slot by slot with a gap, and the note says so', () => {
    const app = Stage.serving(2, fork);
    expect(app.ask('reload')).toEqual(['begin reload', 'drain #1 hand-back']);
    expect(app.empty(1)).toEqual(['signal #1']);
    expect(app.gone(1)).toEqual(['fork #3 0/2']);
    expect(app.wait(1_000)).toEqual(['+1000 admit #3', '+1000 drain #2 hand-back']);
    app.empty(2);
    expect(app.gone(2)).toEqual(['fork #4 1/2']);
    expect(app.wait(1_000)).toEqual([
      '+1000 admit #4',
      '+1000 end reload done (a fork-mode app owns its ports: this was a restart, with a gap)',
    ]);
  });

  test('whose new code dies gets the old code back', () => {
    const app = Stage.serving(2, fork);
    app.ask('reload');
    app.empty(1);
    app.gone(1);
    expect(app.exit(3)).toEqual(['fork #4 0/1']);
    expect(app.workers).toEqual(['#2 1/1 online', '#4 0/1 starting']);
    expect(app.wait(1_000)).toEqual([
      '+1000 admit #4',
      expect.stringContaining('end reload failed: the new worker ended with code 1 before it was ready'),
    ]);
  });

  test('a worker that is too late to be ready is gone before the next one starts', () => {
    const app = Stage.serving(1, { ...fork, waitReady: true });
    app.exit(1);
    expect(app.wait(10_000)).toEqual(['+10000 signal #2']);
    expect(app.wait(100)).toEqual([]);
    expect(app.gone(2)).toEqual(['fork #3 0/1']);
  });
});

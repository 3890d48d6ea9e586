// Workers that end as they may: with one of `stop_exit_codes`, or well without autorestart.
import { describe, expect, test } from 'vitest';
import { Stage } from './stage.ts';

const JOB = { stopExitCodes: [0, 3] };

describe('a worker that has done its work', () => {
  test('is not replaced; the others go on', () => {
    const app = Stage.serving(2, JOB);
    expect(app.exit(1, 'code 3')).toEqual([]);
    expect(app.state).toBe('online: slot 0: it has finished (code 3)');
    expect(app.wakesIn).toBeNull();
    expect(app.exit(2, 'code 0')).toEqual([]);
    expect(app.state).toBe('stopped: it has finished (code 3)');
  });

  test('another end is a crash', () => {
    const app = Stage.serving(1, JOB);
    expect(app.exit(1, 'code 1')).toEqual(['fork #2 0/1']);
    expect(app.exit(2, 'signal SIGTERM')).toEqual([]);
    expect(app.state).toMatch(/^backoff/);
  });

  test('one given up beside it: errored', () => {
    const app = Stage.serving(2, { ...JOB, maxRestarts: 0 });
    app.exit(1, 'code 0');
    app.exit(2, 'code 1');
    expect(app.state).toBe('errored: it died (code 1) and max_restarts is 0');
  });

  test.each(['start', 'reload', 'restart', 'scale'] as const)('zdm %s lets it work again', (kind) => {
    const app = Stage.serving(1, JOB);
    app.exit(1, 'code 0');
    expect(app.ask(kind)[1]).toMatch(/^fork #2 0\//);
    expect(app.state).toBe('starting');
  });

  test('the replacement of another slot does not', () => {
    const app = Stage.serving(2, JOB);
    app.exit(1, 'code 0');
    expect(app.ask('replace', { slot: 1 })).toEqual(['begin replace', 'fork #3 1/1']);
    app.listening(3);
    expect(app.gone(2)).toEqual(['end replace done']);
    expect(app.workers).toEqual(['#3 1/1 online']);
  });

  test('zdm stop ends the app', () => {
    const app = Stage.serving(1, JOB);
    app.exit(1, 'code 0');
    expect(app.ask('stop')).toEqual(['begin stop', 'end stop done']);
    expect(app.state).toBe('stopped');
  });
});

describe('before it was ready', () => {
  test('a first start is done, and says so', () => {
    const app = new Stage(JOB, 2);
    app.ask('start');
    expect(app.exit(1, 'code 0')).toEqual([]);
    expect(app.listening(2)).toEqual(['admit #2', 'end start done (slot 0 has finished (code 0))']);
  });

  test('a whole app that has finished is stopped', () => {
    const app = new Stage({ autorestart: false });
    app.ask('start');
    expect(app.exit(1, 'code 0')).toEqual(['end start done (slot 0 has finished (code 0))']);
    expect(app.state).toBe('stopped: it has finished (code 0)');
  });

  test('a first start that ends badly has failed', () => {
    const app = new Stage({ autorestart: false });
    app.ask('start');
    expect(app.exit(1, 'code 1')).toEqual(['end start failed: the new worker ended with code 1 before it was ready']);
    expect(app.state).toMatch(/^errored/);
  });

  test('new code that does nothing does not take over', () => {
    const app = Stage.serving(1, JOB);
    app.ask('reload');
    expect(app.exit(2, 'code 0')).toEqual(['end reload failed: the new worker ended with code 0 before it was ready']);
    expect(app.workers).toEqual(['#1 0/1 online']);
  });

  test('where the old one had to go first, it has done its work', () => {
    const app = Stage.serving(1, { ...JOB, execMode: 'fork' });
    app.ask('reload');
    expect(app.gone(1)).toEqual(['fork #2 0/2']);
    expect(app.exit(2, 'code 0')[0]).toMatch(/^end reload done/);
    expect(app.state).toBe('stopped: it has finished (code 0)');
  });
});

test('an old worker that finishes while its successor starts is not missed', () => {
  const app = Stage.serving(1, JOB);
  app.ask('reload');
  expect(app.exit(1, 'code 0')).toEqual([]);
  expect(app.listening(2)).toEqual(['admit #2', 'end reload done']);
  expect(app.state).toBe('online');
});

test('one that finishes while others wait for their turn in a reload works again at its turn', () => {
  const app = Stage.serving(2, JOB);
  app.ask('reload');
  expect(app.exit(2, 'code 0')).toEqual([]);
  expect(app.listening(3)).toEqual(['admit #3', 'drain #1 hand-over', 'fork #4 1/2']);
});

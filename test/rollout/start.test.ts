import { describe, expect, test } from 'vitest';
import { Stage } from './stage.ts';

describe('starting', () => {
  test('one instance: a worker, admitted when it listens, and the command is done', () => {
    const app = new Stage();
    expect(app.ask('start')).toEqual(['begin start', 'fork #1 0/1']);
    expect(app.state).toBe('starting');
    expect(app.listening(1)).toEqual(['admit #1', 'end start done']);
    expect(app.state).toBe('online');
    expect(app.wakesIn).toBeNull();
    expect(app.machine).toMatchObject({ up: true, generation: 1, listens: true, restarts: 0 });
  });

  test('four instances: all at once, each admitted as it listens, done with the last', () => {
    const app = new Stage({}, 4);
    expect(app.ask('start')).toEqual(['begin start', 'fork #1 0/1', 'fork #2 1/1', 'fork #3 2/1', 'fork #4 3/1']);
    expect(app.listening(3, 1, 4)).toEqual(['admit #3', 'admit #1', 'admit #4']);
    expect(app.listening(2)).toEqual(['admit #2', 'end start done']);
  });

  test('listening twice is heard once', () => {
    const app = new Stage();
    app.ask('start');
    app.listening(1);
    expect(app.listening(1)).toEqual([]);
  });

  test('the number of instances of the command counts, not that of before', () => {
    const app = new Stage({}, 4);
    expect(app.ask('start', { instances: 2 })).toEqual(['begin start', 'fork #1 0/1', 'fork #2 1/1']);
  });

  test('of an app that serves already: there is nothing to do', () => {
    const app = Stage.serving(2);
    expect(app.ask('start')).toEqual(['begin start', 'end start done']);
  });

  test('of an app of which a part serves: the command waits for the rest', () => {
    const app = new Stage({ autorestart: false }, 2);
    app.ask('start');
    app.listening(1, 2);
    app.exit(2);
    expect(app.state).toBe('online: slot 1 was given up: it ended (code 1) and autorestart is off');
    expect(app.ask('start', { op: 'again' })).toEqual(['begin again', 'fork #3 1/1']);
    expect(app.listening(3)).toEqual(['admit #3', 'end again done']);
  });
});

describe('a first start that goes wrong', () => {
  test.each([
    ['throws', 'code 1'],
    ['exits with 0', 'code 0'],
    ['is killed', 'signal SIGKILL'],
  ])('a worker that %s at boot: the command fails, nothing is tried again', (_, why) => {
    const app = new Stage();
    app.ask('start');
    expect(app.exit(1, why)).toEqual([`end start failed: the new worker ended with ${why} before it was ready`]);
    expect(app.state).toBe(`errored: the new worker ended with ${why} before it was ready`);
    expect(app.wakesIn).toBeNull();
    expect(app.workers).toEqual([]);
  });

  test('one of two dies at boot: the other one is not left behind', () => {
    const app = new Stage({}, 2);
    app.ask('start');
    app.listening(1);
    expect(app.exit(2)).toEqual([
      'end start failed: the new worker ended with code 1 before it was ready',
      'drain #1 finish',
    ]);
    expect(app.idle(1)).toEqual(['signal #1']);
    expect(app.gone(1)).toEqual([]);
    expect(app.wakesIn).toBeNull();
  });

  test('one is given up while another still starts: that one is stopped in the same turn', () => {
    const app = new Stage({ autorestart: false }, 2);
    app.ask('start');
    app.listening(1);
    expect(app.exit(1)).toEqual(['end start failed: it ended (code 1) and autorestart is off', 'signal #2']);
  });

  test('never says ready: it fails at the limit, and the worker is stopped', () => {
    const app = new Stage({ waitReady: true });
    app.ask('start');
    expect(app.listening(1)).toEqual([]);
    expect(app.wait(10_000)).toEqual([
      "+10000 end start failed: the new worker did not call process.send('ready') within 10s",
      '+10000 signal #1',
    ]);
    expect(app.gone(1)).toEqual([]);
    expect(app.state).toBe("errored: the new worker did not call process.send('ready') within 10s");
  });

  test('the next start tries new code in all slots', () => {
    const app = new Stage({}, 2);
    app.ask('start');
    app.exit(1);
    app.gone(2);
    expect(app.ask('start', { op: 'again' })).toEqual(['begin again', 'fork #3 0/2', 'fork #4 1/2']);
    expect(app.listening(3, 4)).toEqual(['admit #3', 'admit #4', 'end again done']);
    expect(app.machine.generation).toBe(2);
  });

  test('what a later command starts is what the failed start was about', () => {
    const app = new Stage();
    app.ask('start');
    app.exit(1);
    expect(app.ask('scale', { instances: 2 })).toEqual(['begin scale', 'fork #2 0/1', 'fork #3 1/1']);
  });
});

describe('an app that never listens', () => {
  test('is accepted at its first start, with a note', () => {
    const app = new Stage({}, 2);
    app.ask('start');
    expect(app.wait(9_999)).toEqual([]);
    expect(app.wait(1)).toEqual([
      '+1 admit #1',
      '+1 admit #2',
      '+1 end start done (runs without listening on a port (waited 10s for it))',
    ]);
    expect(app.machine.listens).toBe(false);
  });

  test('has from then on only to stay up', () => {
    const app = new Stage();
    app.ask('start');
    app.wait(20_000);
    app.ask('reload');
    expect(app.wait(1_000)).toEqual(['+1000 admit #2', '+1000 drain #1 hand-over']);
  });

  test('one that does not listen beside one that does is refused', () => {
    const app = new Stage({}, 2);
    app.ask('start');
    app.listening(1);
    expect(app.wait(10_000)).toEqual([
      '+10000 end start failed: the new worker did not listen on a port within 10s',
      '+10000 signal #2',
      '+10000 drain #1 finish',
    ]);
  });

  test('one that listens late is a server from then on, and its reloads are judged as such', () => {
    const app = new Stage();
    app.ask('start');
    app.wait(10_000);
    app.ask('reload');
    app.wait(500);
    expect(app.listening(1)).toEqual([]);
    expect(app.wait(9_000)).toEqual([]);
    expect(app.listening(2)).toEqual(['admit #2', 'drain #1 hand-over']);
  });

  test('after a stop nothing is known of it any more', () => {
    const app = Stage.serving(1);
    app.ask('stop');
    app.idle(1);
    app.gone(1);
    app.ask('start', { op: 'again' });
    expect(app.machine.listens).toBeNull();
    expect(app.wait(10_000).at(-1)).toMatch(/end again done \(runs without listening/);
  });
});

describe('wait_ready', () => {
  test('an app that does not listen is ready when it says so', () => {
    const app = new Stage({ waitReady: true });
    app.ask('start');
    expect(app.ready(1)).toEqual(['admit #1', 'end start done']);
  });

  test.each([['listening', 'ready'] as const, ['ready', 'listening'] as const])(
    'an app known to listen has to do both: %s, then %s',
    (first, second) => {
      const app = new Stage({ waitReady: true });
      app.ask('start');
      app.listening(1);
      app.ready(1);
      app.ask('reload');
      expect(app[first](2)).toEqual([]);
      expect(app[second](2)).toEqual(['admit #2', 'drain #1 hand-over']);
    },
  );

  test('one that says ready and does not listen any more is refused', () => {
    const app = new Stage({ waitReady: true });
    app.ask('start');
    app.listening(1);
    app.ready(1);
    app.ask('reload');
    app.ready(2);
    expect(app.wait(10_000)).toEqual([
      '+10000 signal #2',
      '+10000 end reload failed: the new worker did not listen on a port within 10s',
    ]);
  });
});

describe('a patient start (after a reboot)', () => {
  test('tries again what dies at boot, until it runs', () => {
    const app = new Stage();
    expect(app.ask('start', { patient: true })).toEqual(['begin start', 'fork #1 0/1']);
    expect(app.exit(1)).toEqual(['fork #2 0/1']);
    expect(app.exit(2)).toEqual([]);
    expect(app.wait(100)).toEqual(['+100 fork #3 0/1']);
    expect(app.listening(3)).toEqual(['admit #3', 'end start done']);
  });

  test('tries again what is not ready in time', () => {
    const app = new Stage({ waitReady: true });
    app.ask('start', { patient: true });
    expect(app.wait(10_000)).toEqual(['+10000 signal #1', '+10000 fork #2 0/1']);
    expect(app.ready(2)).toEqual(['admit #2']);
    expect(app.gone(1)).toEqual(['end start done']);
  });

  test('gives way to what a person asks: nobody waits for it, and it may take minutes', () => {
    const app = new Stage();
    app.ask('start', { patient: true });
    app.exit(1);
    app.exit(2);
    expect(app.ask('reload')).toEqual(['end start failed: zdm reload came in between', 'begin reload', 'fork #3 0/2']);
    expect(app.listening(3)).toEqual(['admit #3', 'end reload done']);
  });

  test('gives one slot up after max_restarts, and leaves the others alone', () => {
    const app = new Stage({ maxRestarts: 1 }, 2);
    app.ask('start', { patient: true });
    app.listening(1);
    expect(app.exit(2)).toEqual(['fork #3 1/1']);
    expect(app.exit(3)).toEqual([expect.stringContaining('end start failed: it died 2 times in a row')]);
    expect(app.workers).toEqual(['#1 0/1 online']);
    expect(app.ask('scale', { instances: 3 })).toEqual(['begin scale', 'fork #4 1/1', 'fork #5 2/1']);
  });
});

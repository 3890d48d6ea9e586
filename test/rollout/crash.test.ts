import { expect, test } from 'vitest';
import { Stage } from './stage.ts';

test('a crashed worker is replaced at once, and the others go on', () => {
  const app = Stage.serving(2);
  expect(app.exit(1)).toEqual(['fork #3 0/1']);
  expect(app.listening(3)).toEqual(['admit #3']);
  expect(app.workers).toEqual(['#2 1/1 online', '#3 0/1 online']);
  expect(app.machine.restarts).toBe(1);
});

test('quick deaths in a row: at once, then after a pause that doubles up to 15 s', () => {
  const app = Stage.serving(1, { maxRestarts: 100 });
  expect(app.exit(1)).toEqual(['fork #2 0/1']);
  const pauses = Array.from({ length: 11 }, (_, index) => {
    expect(app.exit(index + 2)).toEqual([]);
    const pause = app.wakesIn!;
    expect(app.wait(pause)).toEqual([`+${pause} fork #${index + 3} 0/1`]);
    return pause;
  });
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000]);
});

test('the pause is spread, so that many workers do not come back in one beat', () => {
  const app = Stage.serving(1);
  app.exit(1);
  app.exit(2, 'code 1', 0.5);
  expect(app.wakesIn).toBe(88);
});

test('restart_delay comes on top, the first time too', () => {
  const app = Stage.serving(1, { restartDelay: 500 });
  expect(app.exit(1)).toEqual([]);
  expect(app.wait(500)).toEqual(['+500 fork #2 0/1']);
  app.exit(2);
  expect(app.wakesIn).toBe(600);
});

test('a worker that stays up for min_uptime starts the count anew', () => {
  const app = Stage.serving(1);
  app.exit(1);
  app.exit(2);
  app.wait(100);
  app.listening(3);
  app.wait(1_000);
  expect(app.exit(3)).toEqual(['fork #4 0/1']);
});

test('a long boot is not uptime: one that dies at the end of it counts as a quick death', () => {
  const app = Stage.serving(1, { maxRestarts: 2 });
  app.exit(1);
  for (const id of [2, 3]) {
    app.wait(5_000);
    app.exit(id);
  }
  expect(app.state).toMatch(/^errored: it died 3 times in a row/);
});

test('after max_restarts quick deaths it is given up, and says why', () => {
  const app = Stage.serving(1);
  for (const id of [1, 2, 3]) {
    app.exit(id);
    app.wait(500);
  }
  expect(app.exit(4, 'signal SIGSEGV')).toEqual([]);
  expect(app.state).toMatch(/^errored: it died 4 times in a row .* at last with signal SIGSEGV$/);
  expect(app.wakesIn).toBeNull();
});

test('a slot that is given up does not take the others with it', () => {
  const app = Stage.serving(2, { maxRestarts: 0 });
  expect(app.exit(1)).toEqual([]);
  expect(app.workers).toEqual(['#2 1/1 online']);
  expect(app.state).toMatch(/^online: slot 0 was given up/);
});

test('without autorestart the end is the end, a good one or a bad one', () => {
  const app = Stage.serving(1, { autorestart: false });
  expect(app.exit(1)).toEqual([]);
  expect(app.state).toBe('errored: it ended (code 1) and autorestart is off');
  const job = Stage.serving(1, { autorestart: false });
  expect(job.exit(1, 'code 0')).toEqual([]);
  expect(job.state).toBe('stopped: it has finished (code 0)');
  expect(job.machine.restarts).toBe(0);
  for (const { wakesIn } of [app, job]) expect(wakesIn).toBeNull();
});

test('max_restarts counts within restart_window', () => {
  const app = Stage.serving(1, { maxRestarts: 2, restartWindow: 1_000, restartDelay: 600 });
  app.exit(1);
  app.wait(600);
  app.exit(2);
  app.wait(700);
  // The third within the row, but not within a second.
  expect(app.exit(3)).toEqual([]);
  expect(app.wait(600)).toEqual(['+600 fork #4 0/1']);
});

test.each(['start', 'reload', 'restart', 'scale'] as const)('zdm %s clears what was given up', (kind) => {
  const app = Stage.serving(1, { autorestart: false });
  app.exit(1);
  expect(app.ask(kind)[1]).toMatch(/^fork #2 0\//);
  expect(app.state).toBe('starting');
});

test('a replacement that never gets ready is stopped and tried again, until it is given up', () => {
  const app = Stage.serving(1, { maxRestarts: 2 });
  app.exit(1);
  expect(app.wait(10_000)).toEqual(['+10000 signal #2']);
  app.gone(2);
  expect(app.wait(100)).toEqual(['+100 fork #3 0/1']);
  expect(app.wait(10_000)).toEqual(['+10000 signal #3']);
  app.gone(3);
  expect(app.state).toMatch(/^errored: .* a worker that did not listen on a port within 10s$/);
});

import { beforeAll, expect, test } from 'vitest';
import { paintDescribe } from '../../../cli/output/describe.ts';
import { createStyle } from '../../../cli/output/style.ts';
import type { AppStatus } from '../../../daemon/protocol/model.ts';
import { NOW, sampleApp, sampleFleet, sampleOperation, sampleSpec, sampleWorker } from '../sample-apps.ts';

const style = createStyle({ color: false, unicode: true });

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

function describeApp(app: AppStatus, width: number): string {
  return `\n${paintDescribe(app, { width, now: NOW, style }).join('\n')}\n`;
}

function troubled(): AppStatus {
  const failure = {
    slot: 1,
    reason: 'exit code 1 before it listened',
    lines: ['Error: \u001b[31mno database\u001b[0m'],
  };
  return sampleApp('api', {
    up: 3,
    spec: sampleSpec({ args: ['--title', 'a b'], nodeArgs: ['--import', 'tsx'], waitReady: true }),
    workers: [
      sampleWorker(0),
      sampleWorker(1),
      sampleWorker(2),
      sampleWorker(3, {
        stage: 'starting',
        cpu: null,
        memory: null,
        requests: 0,
        connections: 0,
        startedAt: NOW - 800,
      }),
    ],
    waiting: 2,
    restarts: 1,
    lastExit: {
      at: NOW - 1_000,
      slot: 3,
      pid: 48_001,
      generation: 17,
      code: null,
      signal: 'SIGKILL',
      uptime: 86_400_000,
      lines: ['out of memory'],
    },
    operations: [
      sampleOperation(),
      sampleOperation({ op: 'op-2', phase: 'failed', receipt: null, failure, to: 18 }),
      sampleOperation({ op: 'op-3', phase: 'queued' }),
    ],
  });
}

test('80 columns', () => {
  expect(describeApp(troubled(), 80)).toMatchInlineSnapshot(`
    "
    api  ● online  3/4 workers  gen 17
    slot 3 ended with signal SIGKILL after 1d. See: zdm logs api --err

      script       /srv/shop/dist/server.js
      args         --title "a b"
      cwd          /srv/shop
      mode         cluster, 4 instances
      node args    --import tsx
      limits       ready 10s after process.send('ready'), drain 30s, kill 5s, hold
                   30s, idle connections move
      restarts     up to 16 quick deaths (under 1s) in a row
      output       /home/me/.zdm/logs/api-out.log
      errors       /home/me/.zdm/logs/api-error.log
      env          2 variables: PATH SECRET
      ports        3000
      waiting      2 connections
      online       since 2026-11-18 08:00:00 (3d4h), 1 restart
      master       pid 48000

      SLOT  STATE         PID  GEN  CPU   MEM  CONNS  REQUESTS     UP
         0  ● online    48211  g17  36%  203M    118      5200  3m20s
         1  ● online    48212  g17  36%  203M    118      5200  3m20s
         2  ● online    48213  g17  36%  203M    118      5200  3m20s
         3  ◐ starting  48214  g17    -     -      0         0     0s

      last exit  2026-11-21 11:59:59, pid 48001, g17: slot 3 ended with signal
        SIGKILL after 1d
        out of memory

      last operations
      11:59:00  reloaded 4/4 in 2.1s: 64 connections moved, 0 cut, 3 draining; 1204
        requests by the old code, 310 by the new
      11:59:00  reload failed at slot 1 after 2.1s: exit code 1 before it listened
        Error: no database
      11:59:00  reload waits for its turn
    "
  `);
});

test('120 columns, all well', () => {
  expect(describeApp(sampleApp('api'), 120)).toMatchInlineSnapshot(`
    "
    api  ● online  4/4 workers  gen 17

      script       /srv/shop/dist/server.js
      cwd          /srv/shop
      mode         cluster, 4 instances
      limits       ready 10s, drain 30s, kill 5s, hold 30s, idle connections move
      restarts     up to 16 quick deaths (under 1s) in a row
      output       /home/me/.zdm/logs/api-out.log
      errors       /home/me/.zdm/logs/api-error.log
      env          2 variables: PATH SECRET
      ports        3000
      online       since 2026-11-18 08:00:00 (3d4h), 0 restarts
      master       pid 48000

      SLOT  STATE       PID  GEN  CPU   MEM  CONNS  REQUESTS     UP
         0  ● online  48211  g17  36%  203M    118      5200  3m20s
         1  ● online  48212  g17  36%  203M    118      5200  3m20s
         2  ● online  48213  g17  36%  203M    118      5200  3m20s
         3  ● online  48214  g17  36%  203M    118      5200  3m20s
    "
  `);
});

test('60 columns, stopped', () => {
  expect(describeApp(sampleApp('api', { state: 'stopped', up: 0, masterPid: null, listeners: [] }), 60))
    .toMatchInlineSnapshot(`
      "
      api  ○ stopped  0/4 workers  gen 17

        script       /srv/shop/dist/server.js
        cwd          /srv/shop
        mode         cluster, 4 instances
        limits       ready 10s, drain 30s, kill 5s, hold 30s, idle
                     connections move
        restarts     up to 16 quick deaths (under 1s) in a row
        output       /home/me/.zdm/logs/api-out.log
        errors       /home/me/.zdm/logs/api-error.log
        env          2 variables: PATH SECRET
        ports        none
        stopped      since 2026-11-18 08:00:00 (3d4h), 0 restarts
        master       none
      "
    `);
});

test('no line is wider than the terminal', () => {
  for (let width = 40; width <= 130; width += 1) {
    for (const app of [troubled(), ...sampleFleet()]) {
      for (const line of describeApp(app, width).split('\n'))
        expect(Array.from(line).length).toBeLessThanOrEqual(width);
    }
  }
});

test('names of variables are shown, values are not', () => {
  const text = describeApp(sampleApp('api'), 120);
  expect(text).toContain('SECRET');
  expect(text).not.toContain('hunter2');
});

import stringWidth from 'string-width';
import { beforeAll, expect, test } from 'vitest';
import { CANARY_DEFAULTS, HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import { paintDescribe } from '../../../ui/paint/describe.ts';
import type { AppStatus, OperationStatus, SlotProgress } from '../../../daemon/protocol/model.ts';
import {
  NOW,
  sampleApp,
  sampleFleet,
  sampleOperation,
  sampleReceipt,
  sampleSpec,
  sampleWorker,
} from '../../cli/sample-apps.ts';
import { CANARY } from '../rollout-scenes.ts';
import { plainTheme } from '../samples.ts';

const theme = plainTheme();

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

function describeApp(app: AppStatus, width: number): string {
  return `\n${paintDescribe(app, { width, now: NOW, theme }).join('\n')}\n`;
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
      strategy     rolling, 1 at a time
      limits       ready 10s after process.send('ready'), drain 30s, kill 5s, hold
                   30s, idle connections move
      restarts     up to 16 quick deaths (under 1s) in a row within 15m
      output       /home/me/.zdm/logs/api-out.log
      errors       /home/me/.zdm/logs/api-error.log
      env          2 variables: PATH SECRET
      ports        3000
      waiting      2 connections
      online       since 2026-11-18 08:00:00 (3d4h), 1 restart
      master       pid 48000

      SLOT  STATE         PID  GEN  CPU   MEM  LAG  CONNS  REQUESTS     UP
         0  ● online    48211  g17  36%  203M  3ms    118      5200  3m20s
         1  ● online    48212  g17  36%  203M  3ms    118      5200  3m20s
         2  ● online    48213  g17  36%  203M  3ms    118      5200  3m20s
         3  ◐ starting  48214  g17    -     -  3ms      0         0     0s

      last events
      11:59:59  slot 3 ended with signal SIGKILL after 1d, pid 48001, g17
                  killed from outside, often because memory ran out
                  out of memory
      11:59:02  reload g16 → g18 failed at slot 1 after 2.1s: exit code 1 before it
                listened
                  Error: no database
      11:59:02  reload g16 → g17 done, 4/4, 2.1s, 0 cut, 64 connections moved, 3
                draining; 1,204 requests by the old code, 310 by the new
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
      strategy     rolling, 1 at a time
      limits       ready 10s, drain 30s, kill 5s, hold 30s, idle connections move
      restarts     up to 16 quick deaths (under 1s) in a row within 15m
      output       /home/me/.zdm/logs/api-out.log
      errors       /home/me/.zdm/logs/api-error.log
      env          2 variables: PATH SECRET
      ports        3000
      online       since 2026-11-18 08:00:00 (3d4h), 0 restarts
      master       pid 48000

      SLOT  STATE       PID  GEN  CPU   MEM  LAG  CONNS  REQUESTS     UP
         0  ● online  48211  g17  36%  203M  3ms    118      5200  3m20s
         1  ● online  48212  g17  36%  203M  3ms    118      5200  3m20s
         2  ● online  48213  g17  36%  203M  3ms    118      5200  3m20s
         3  ● online  48214  g17  36%  203M  3ms    118      5200  3m20s
    "
  `);
});

function draining(): AppStatus {
  const old = { generation: 16, stage: 'draining', deadline: NOW + 24_900 } as const;
  const slots = [
    slot(0, { oldPid: 41_000, readyAfter: 340, goneAfter: 80 }),
    slot(1, { oldPid: 41_001, readyAfter: 1_432.4 }),
    slot(2, { oldPid: 41_002, readyAfter: 400 }),
    slot(3, { readyAfter: 400 }),
  ];
  return sampleApp('api', {
    workers: [
      sampleWorker(0),
      sampleWorker(1),
      sampleWorker(1, { ...old, pid: 41_001, connections: 9 }),
      sampleWorker(2),
      sampleWorker(2, { ...old, pid: 41_002, stage: 'stopping', connections: 0, deadline: NOW + 4_000 }),
      sampleWorker(3),
    ],
    operations: [
      sampleOperation({ slots: [slot(0, { readyAfter: 1 })], receipt: sampleReceipt({ slots: 1, replaced: 1 }) }),
      sampleOperation({ slots }),
      sampleOperation({
        kind: 'scale',
        receipt: sampleReceipt({ replaced: 0, slots: 0, moved: 2, open: 0, requestsNew: 0 }),
      }),
    ],
  });
}

function slot(index: number, fields: Partial<SlotProgress>): SlotProgress {
  return { slot: index, phase: 'done', oldPid: null, newPid: 48_211, readyAfter: null, goneAfter: null, ...fields };
}

test('80 columns, old workers drain: how many connections, how long, and the times of the last rollout', () => {
  const text = describeApp(draining(), 80);
  expect(`\n${text.slice(text.indexOf('  SLOT'))}`).toMatchInlineSnapshot(`
    "
      SLOT  STATE             PID  GEN  CPU   MEM  LAG  CONNS  REQUESTS     UP
         0  ● online        48211  g17  36%  203M  3ms    118      5200  3m20s
         1  ● online        48212  g17  36%  203M  3ms    118      5200  3m20s
         1  ◑ draining 24s  41001  g16  36%  203M  3ms      9      5200  3m20s
         2  ● online        48213  g17  36%  203M  3ms    118      5200  3m20s
         2  ◑ stopping 4s   41002  g16  36%  203M  3ms      0      5200  3m20s
         3  ● online        48214  g17  36%  203M  3ms    118      5200  3m20s

      last events
      11:59:02  scale g16 → g17 done, 2.1s, 0 cut, 2 connections moved; 1,204
                requests by the old code
      11:59:02  reload g16 → g17 done, 4/4, 2.1s, 0 cut, 64 connections moved, 3
                draining; 1,204 requests by the old code, 310 by the new
                  slot 0  ready after 340ms, old worker gone after 80ms
                  slot 1  ready after 1.4s, old worker still draining
                  slot 2  ready after 400ms, old worker is stopping
                  slot 3  ready after 400ms
      11:59:02  reload g16 → g17 done, 1/1, 2.1s, 0 cut, 64 connections moved, 3
                draining; 1,204 requests by the old code, 310 by the new
    "
  `);
});

test('50 columns, old workers drain: their connections stay', () => {
  const lines = describeApp(draining(), 50).split('\n');
  expect(lines.filter((line) => /SLOT|draining \d/.test(line))).toEqual([
    '  SLOT  STATE             PID  CPU   MEM  CONNS',
    '     1  ◑ draining 24s  41001  36%  203M      9',
  ]);
});

test('a rollout under way, and one of many slots', () => {
  const slots = [slot(0, { readyAfter: 340 }), slot(1, { phase: 'starting' }), slot(2, { phase: 'waiting' })];
  const running = sampleOperation({ phase: 'running', endedAt: null, receipt: null, slots });
  const failed = sampleOperation({
    phase: 'failed',
    failure: { slot: 10, reason: 'x', lines: [] },
    slots: [...slots, ...Array.from({ length: 8 }, (_, at) => slot(3 + at, { phase: 'failed' }))],
  });
  const times = (operation: OperationStatus): string[] =>
    describeApp(sampleApp('api', { operations: [operation] }), 80)
      .split('\n')
      .filter((line) => /^ +(slot +\d|and)  ?/.test(line))
      .map((line) => line.trim());
  expect(times(running)).toEqual(['slot 0  ready after 340ms', 'slot 1  starting', 'slot 2  not begun']);
  expect(times(failed)).toHaveLength(9);
  expect(times(failed)[0]).toBe('slot  0  ready after 340ms');
  expect(times(failed)[7]).toBe('slot  7  failed');
  expect(times(failed)[8]).toBe('and 3 slots more, in --json');
});

test('events tell what operations no longer do, and nothing is told twice', () => {
  const operation = sampleOperation({ op: 'op-9', by: 'deploy (zdm reload api)' });
  const exit = { slot: 3, pid: 48_001, generation: 17, code: 137, signal: null, uptime: 76 * 3_600_000 };
  const lastExit = { ...exit, at: NOW - 3_000, lines: ['Killed'] };
  const reload = { type: 'operation', kind: 'reload', by: null, reason: null, took: 900, receipt: null } as const;
  const app = sampleApp('api', {
    lastExit,
    // As the master keeps it: the receipt of the moment in which the operation ended.
    events: [
      { ...reload, op: 'op-1', at: NOW - 80 * 3_600_000, from: 15, to: 16, reason: 'not ready within 10s.' },
      { type: 'exit', ...exit, slot: 1, pid: 47_000, at: NOW - 76 * 3_600_000 },
      {
        ...reload,
        op: operation.op,
        at: operation.endedAt ?? 0,
        from: 16,
        to: 17,
        receipt: sampleReceipt({ open: 9 }),
      },
      { type: 'exit', ...exit, at: lastExit.at },
    ],
    operations: [operation],
  });
  const text = describeApp(app, 80);
  expect(`\n${text.slice(text.indexOf('  last events'))}`).toMatchInlineSnapshot(`
    "
      last events
      11:59:57      slot 3 ended with exit code 137 after 3d4h, pid 48001, g17
                      killed from outside, often because memory ran out
                      Killed
                      See: zdm logs api --err
      11:59:02      reload g16 → g17 done, 4/4, 0.9s, 0 cut, 64 connections moved, 3
                    draining; 1,204 requests by the old code, 310 by the new
      Nov 18 08:00  slot 1 ended with exit code 137 after 3d4h, pid 47000, g17
      Nov 18 04:00  reload g15 → g16 failed after 0.9s: not ready within 10s
    "
  `);
});

test('the last words of a worker stand there once, with the newest that had them', () => {
  const lines = ['Error: no database', '', '    at main.js:1'];
  const failed = sampleOperation({
    phase: 'failed',
    receipt: null,
    failure: { slot: 1, reason: 'exit code 1', lines },
  });
  const lastExit = { at: NOW - 58_000, slot: 1, pid: 9, generation: 17, code: 1, signal: null, uptime: 400, lines };
  const text = describeApp(sampleApp('api', { operations: [failed], lastExit }), 80);
  expect(text.match(/Error: no database/g)).toHaveLength(1);
  expect(text).not.toMatch(/ $/m);
  expect(text.indexOf('ended with')).toBeGreaterThan(text.indexOf('Error: no database'));
});

test('in a pipe nothing is cut', () => {
  expect(describeApp(troubled(), Infinity)).toMatchInlineSnapshot(`
    "
    api  ● online  3/4 workers  gen 17
    slot 3 ended with signal SIGKILL after 1d. See: zdm logs api --err

      script       /srv/shop/dist/server.js
      args         --title "a b"
      cwd          /srv/shop
      mode         cluster, 4 instances
      node args    --import tsx
      strategy     rolling, 1 at a time
      limits       ready 10s after process.send('ready'), drain 30s, kill 5s, hold 30s, idle connections move
      restarts     up to 16 quick deaths (under 1s) in a row within 15m
      output       /home/me/.zdm/logs/api-out.log
      errors       /home/me/.zdm/logs/api-error.log
      env          2 variables: PATH SECRET
      ports        3000
      waiting      2 connections
      online       since 2026-11-18 08:00:00 (3d4h), 1 restart
      master       pid 48000

      SLOT  STATE         PID  GEN  CPU   MEM  LAG  CONNS  REQUESTS     UP
         0  ● online    48211  g17  36%  203M  3ms    118      5200  3m20s
         1  ● online    48212  g17  36%  203M  3ms    118      5200  3m20s
         2  ● online    48213  g17  36%  203M  3ms    118      5200  3m20s
         3  ◐ starting  48214  g17    -     -  3ms      0         0     0s

      last events
      11:59:59  slot 3 ended with signal SIGKILL after 1d, pid 48001, g17
                  killed from outside, often because memory ran out
                  out of memory
      11:59:02  reload g16 → g18 failed at slot 1 after 2.1s: exit code 1 before it listened
                  Error: no database
      11:59:02  reload g16 → g17 done, 4/4, 2.1s, 0 cut, 64 connections moved, 3 draining; 1,204 requests by the old code, 310 by the new
      11:59:00  reload waits for its turn
    "
  `);
});

test('who asked for an operation, and why an app waits', () => {
  const operations = [
    sampleOperation({ by: 'deploy (zdm reload api)' }),
    sampleOperation({ op: 'op-2', phase: 'running', by: '\u001b[31mme', note: 'by the way' }),
    sampleOperation({ op: 'op-3', phase: 'queued', by: 'ci (zdm reload all)' }),
  ];
  const reason = 'slot 3 died 2 times in a row';
  const text = describeApp(sampleApp('api', { up: 3, operations, reason, retryAt: NOW + 5_000 }), 200);
  expect(text).toContain(`\n${reason}; next try in 5s\n`);
  expect(text.split('\n').slice(-5)).toEqual([
    expect.stringMatching(/11:59:02 {2}reload g16 → g17 done, 4\/4, .* \(deploy \(zdm reload api\)\)$/),
    '  11:59:00  reload waits for its turn (ci (zdm reload all))',
    '  11:59:00  reload g16 → g17 is running (me)',
    '              by the way',
    '',
  ]);
});

test('of a long story the end', () => {
  const exit = { type: 'exit', slot: 0, pid: 1, generation: 1, code: 1, signal: null, uptime: 5 } as const;
  const events = Array.from({ length: 30 }, (_, at) => ({ ...exit, pid: at, at: NOW - 60_000 + at }));
  const lines = describeApp(sampleApp('api', { events }), 100).split('\n');
  expect(lines.filter((line) => line.includes('ended with'))).toHaveLength(10);
  expect(lines.at(-2)).toBe('  and 20 before, in --json');
});

test('in fork mode nothing is said of what is not seen', () => {
  const spec = sampleSpec({ execMode: 'fork' });
  const text = describeApp(sampleApp('job', { spec, operations: [sampleOperation()] }), 100);
  expect(text).toMatch(/^ +0 +● online .* - +- +3m20s$/m);
  expect(text).toMatch(/reload g16 → g17 done, 4\/4, 2\.1s$/m);
});

test('40 columns, a name that is too long for its line', () => {
  const app = sampleApp('payments-worker-for-the-night-a', { workers: [sampleWorker(0)], up: 1 });
  expect(describeApp(app, 40)).toMatchInlineSnapshot(`
    "
    payments-worker-for-the-night-a
      ● online  1/4 workers  gen 17
    no reason is known. See: zdm logs
      payments-worker-for-the-night-a --err

      script       /srv/shop/dist/server.js
      cwd          /srv/shop
      mode         cluster, 4 instances
      strategy     rolling, 1 at a time
      limits       ready 10s, drain 30s,
                   kill 5s, hold 30s, idle
                   connections move
      restarts     up to 16 quick deaths
                   (under 1s) in a row
                   within 15m
      output       /home/me/.zdm/logs/api-ou
                   t.log
      errors       /home/me/.zdm/logs/api-er
                   ror.log
      env          2 variables: PATH SECRET
      ports        3000
      online       since 2026-11-18 08:00:00
                   (3d4h), 0 restarts
      master       pid 48000

      SLOT  STATE       PID  GEN  CPU   MEM
         0  ● online  48211  g17  36%  203M
      hidden here: lag, conns, requests, up
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
        strategy     rolling, 1 at a time
        limits       ready 10s, drain 30s, kill 5s, hold 30s, idle
                     connections move
        restarts     up to 16 quick deaths (under 1s) in a row
                     within 15m
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
    for (const app of [troubled(), draining(), ...sampleFleet()]) {
      for (const line of describeApp(app, width).split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
  }
});

test('names of variables are shown, values are not', () => {
  const text = describeApp(sampleApp('api'), 120);
  expect(text).toContain('SECRET');
  expect(text).not.toContain('hunter2');
});

test.each<[Partial<AppStatus['spec']>, string]>([
  [
    { limits: { memory: 3e8, cpu: null, hang: null, memorySamples: 10, cpuSamples: 10, grace: 30_000 } },
    'replaced at  memory above 286M for 10s, not in its first 30s',
  ],
  [
    { limits: { memory: null, cpu: 95, hang: 5_000, memorySamples: 1, cpuSamples: 2, grace: 0 } },
    'replaced at  CPU above 95% for 2s, blocked for 5s',
  ],
  [{ autorestart: false }, 'restarts     no: a worker that ends is not replaced'],
  [
    { restartWindow: 0, throttle: { first: 100, most: 15_000 }, stopExitCodes: [0, 3] },
    'restarts     up to 16 quick deaths (under 1s) in a row, starts 0.1s to 15s apart, not after exit code 0, 3',
  ],
])('%j: %s', (spec, line) => {
  const app = sampleApp('api');
  expect(describeApp({ ...app, spec: { ...app.spec, ...spec } }, Infinity)).toContain(`\n  ${line}\n`);
});

test.each([
  [Infinity, false, ['  env          3 variables: EMPTY NAME TOKEN']],
  [
    Infinity,
    true,
    [
      '  env          3 variables',
      '               EMPTY=""',
      String.raw`               NAME="a\nb"`,
      '               TOKEN=***',
    ],
  ],
  [30, true, ['  env', '    3 variables', '    EMPTY=""', String.raw`    NAME="a\nb"`, '    TOKEN=***']],
])('variables, %s wide, values: %s', (width, showEnv, expected) => {
  const app = sampleApp('api', { spec: sampleSpec({ env: { TOKEN: '***', NAME: 'a\nb', EMPTY: '' } }) });
  const lines = paintDescribe(app, { width, now: NOW, theme, showEnv });
  const from = lines.findIndex((line) => line.startsWith('  env'));
  expect(lines.slice(from, from + expected.length)).toEqual(expected);
});

test('releases, and what new workers have to do', () => {
  const release = { generation: 17, script: '/srv/shop/releases/42/server.js', startedAt: NOW - 600_000 };
  const previous = { generation: 16, script: '/srv/shop/releases/41/server.js', startedAt: NOW - 86_400_000 };
  const app = sampleApp('api', {
    release,
    previous: { ...previous, warmUntil: NOW + 23_500 },
    spec: sampleSpec({
      script: '/srv/shop/current/server.js',
      strategy: 'canary',
      health: { ...HEALTH_DEFAULTS, path: '/healthz' },
      warmup: ['/', '/search?q=a b'],
      waitFor: ['3000', '3001'],
      minReady: 5_000,
      bake: 60_000,
      canary: CANARY_DEFAULTS,
      progressDeadline: 0,
    }),
  });
  const facts = paintDescribe(app, { width: 100, now: NOW, theme }).slice(2, -6);
  expect(`\n${facts.join('\n')}\n`).toMatchInlineSnapshot(`
    "
      script       /srv/shop/current/server.js
      cwd          /srv/shop
      mode         cluster, 4 instances
      strategy     canary, 1 of 4 workers first
      health       GET /healthz every 1s, 200-399
      warmup       / "/search?q=a b"
      waits for    3000, 3001
      min_ready    5s
      bake         1m
      canary       1 of 4 workers for 1m; fails above 1% errors or 2x p95; 100 requests at least
      deadline     a rollout may take as long as it likes
      limits       ready 10s, drain 30s, kill 5s, hold 30s, idle connections move
      restarts     up to 16 quick deaths (under 1s) in a row within 15m
      output       /home/me/.zdm/logs/api-out.log
      errors       /home/me/.zdm/logs/api-error.log
      env          2 variables: PATH SECRET
      ports        3000
      release      generation 17, /srv/shop/releases/42/server.js, since 2026-11-21 11:50:00 (10m)
      before       generation 16, /srv/shop/releases/41/server.js, begun 2026-11-20 12:00:00, warm for
                   24s
      online       since 2026-11-18 08:00:00 (3d4h), 0 restarts
      master       pid 48000
    "
  `);
});

test.each<[string, Partial<OperationStatus>, string]>([
  [
    'a canary',
    { canary: CANARY },
    'reload g16 → g17: canary, 1 of 4 workers, 25% of new connections; new 310 requests',
  ],
  [
    'without a verdict',
    { canary: { ...CANARY, verdict: 'inconclusive', reason: '31 of 100 requests' } },
    'reload g16 → g17: canary, inconclusive: 31 of 100 requests',
  ],
  ['going back', { returning: 'slot 1 crashed' }, 'reload g16 → g17 is going back, 0 of 1 slot back: slot 1 crashed'],
])('a rollout that runs: %s', (_, changes, text) => {
  const running = sampleOperation({ phase: 'running', endedAt: null, receipt: null, slots: [slot(0, {})], ...changes });
  const rows = paintDescribe(sampleApp('api', { operations: [running] }), { width: 300, now: NOW, theme });
  expect(rows.join('\n')).toContain(text);
});

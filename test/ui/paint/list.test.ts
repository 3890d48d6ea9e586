import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { LIST_COLUMNS, type ListOptions, paintList, sortApps } from '../../../ui/paint/list.ts';
import { NOW, sampleApp, sampleFleet, sampleOperation, sampleWorker } from '../../cli/sample-apps.ts';
import { plainTheme } from '../samples.ts';

const theme = plainTheme();

function list(width: number, more: Partial<ListOptions> = {}): string {
  return `\n${paintList(sampleFleet(), { width, now: NOW, theme, ...more }).join('\n')}\n`;
}

test('120 columns', () => {
  expect(list(120)).toMatchInlineSnapshot(`
    "
    ID  NAME                             MODE     STATE         READY  GEN   CPU   MEM  RST    UP  PORT
     0  api                              cluster  ● online        4/4  g17  142%  812M    0  3d4h  3000
     1  web                              cluster  ⟳ reload 2/4    4/4  g17  142%  812M    0  3d4h  3000
     2  mailer                           fork     ▲ backoff       0/1   g3     -     -   14     -  -
    10  thumbnailer                      cluster  ○ stopped       0/2   g1     -     -    0     -  -
    11  payments-worker-for-the-night-a  cluster  ● online        3/4  g17  107%  609M    0  3d4h  /run/payment…-a.sock,9000

    5 apps (1 stopped), 11 of 13 workers online. 2 problems:
      mailer is waiting to start again: slot 0 ended with exit code 1 after 0.4s. See: zdm logs mailer --err
      payments-worker-for-the-night-a has 3 of 4 workers: slot 3 is starting again. See: zdm logs
        payments-worker-for-the-night-a --err
    "
  `);
});

test('80 columns', () => {
  expect(list(80)).toMatchInlineSnapshot(`
    "
    ID  NAME                      STATE         READY   CPU   MEM  RST    UP
     0  api                       ● online        4/4  142%  812M    0  3d4h
     1  web                       ⟳ reload 2/4    4/4  142%  812M    0  3d4h
     2  mailer                    ▲ backoff       0/1     -     -   14     -
    10  thumbnailer               ○ stopped       0/2     -     -    0     -
    11  payments-wor…the-night-a  ● online        3/4  107%  609M    0  3d4h
    hidden here: mode, gen, port. Show: zdm list --wide

    5 apps (1 stopped), 11 of 13 workers online. 2 problems:
      mailer is waiting to start again: slot 0 ended with exit code 1 after 0.4s.
        See: zdm logs mailer --err
      payments-worker-for-the-night-a has 3 of 4 workers: slot 3 is starting again.
        See: zdm logs payments-worker-for-the-night-a --err
    "
  `);
});

test('60 columns', () => {
  expect(list(60)).toMatchInlineSnapshot(`
    "
    NAME                      STATE         READY   CPU   MEM
    api                       ● online        4/4  142%  812M
    web                       ⟳ reload 2/4    4/4  142%  812M
    mailer                    ▲ backoff       0/1     -     -
    thumbnailer               ○ stopped       0/2     -     -
    payments-wor…the-night-a  ● online        3/4  107%  609M
    hidden here: id, mode, gen, rst, up, port. Show: zdm list
      --wide

    5 apps (1 stopped), 11 of 13 workers online. 2 problems:
      mailer is waiting to start again: slot 0 ended with exit
        code 1 after 0.4s. See: zdm logs mailer --err
      payments-worker-for-the-night-a has 3 of 4 workers: slot 3
        is starting again. See: zdm logs
        payments-worker-for-the-night-a --err
    "
  `);
});

test('a pipe gets everything', () => {
  expect(list(Infinity, { pids: true })).toMatchInlineSnapshot(`
    "
    ID  NAME                             MODE     STATE         READY  GEN   CPU   MEM  RST    UP  PORT                                    MASTER  PIDS
     0  api                              cluster  ● online        4/4  g17  142%  812M    0  3d4h  3000                                     48000  48211,48212,48213,48214
     1  web                              cluster  ⟳ reload 2/4    4/4  g17  142%  812M    0  3d4h  3000                                     48000  48211,48212,48213,48214
     2  mailer                           fork     ▲ backoff       0/1   g3     -     -   14     -  -                                        48000  -
    10  thumbnailer                      cluster  ○ stopped       0/2   g1     -     -    0     -  -                                        48000  -
    11  payments-worker-for-the-night-a  cluster  ● online        3/4  g17  107%  609M    0  3d4h  /run/payments/night/worker-a.sock,9000   48000  48211,48212,48213

    5 apps (1 stopped), 11 of 13 workers online. 2 problems:
      mailer is waiting to start again: slot 0 ended with exit code 1 after 0.4s. See: zdm logs mailer --err
      payments-worker-for-the-night-a has 3 of 4 workers: slot 3 is starting again. See: zdm logs payments-worker-for-the-night-a --err
    "
  `);
});

test('old workers that still have connections have a line of their own, below the table', () => {
  const old = { generation: 16, stage: 'draining', deadline: NOW + 24_900 } as const;
  const workers = [
    sampleWorker(0),
    sampleWorker(0, { ...old, connections: 9 }),
    sampleWorker(1, { ...old, connections: 3, deadline: NOW + 12_000 }),
    // Nothing to wait for: it is about to go.
    sampleWorker(2, { ...old, connections: 0, deadline: NOW + 99_000 }),
  ];
  const alone = sampleWorker(0, { ...old, connections: 1, deadline: null });
  const apps = [
    sampleApp('api', { workers }),
    sampleApp('web', { id: 1 }),
    sampleApp('x', { id: 2, workers: [alone] }),
  ];
  expect(`\n${paintList(apps, { width: 60, now: NOW, theme }).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    ID  NAME  STATE     READY  GEN   CPU   MEM  RST    UP  PORT
     0  api   ● online    4/4  g17  142%  812M    0  3d4h  3000
     1  web   ● online    4/4  g17  142%  812M    0  3d4h  3000
     2  x     ● online    4/4  g17   36%  203M    0  3d4h  3000
    hidden here: mode. Show: zdm list --wide

    api: 2 old workers drain 12 connections, 24s left
    x: 1 old worker drains 1 connection
    3 apps, 12 of 12 workers online.
    "
  `);
});

test('no apps', () => {
  expect(paintList([], { width: 80, now: NOW, theme })).toEqual(['No apps. Start one: zdm start app.js']);
});

test('--wide shows every column there is, whole, in any terminal', () => {
  expect(
    header(list(60, { wide: true }))
      ?.trim()
      .split(/ +/),
  ).toEqual(LIST_COLUMNS.map((key) => key.toUpperCase()));
  expect(list(60, { wide: true })).toContain('/run/payments/night/worker-a.sock,9000');
});

test('named columns come in their order, and none is left out', () => {
  const columns = ['ready', 'name', 'latency', 'reqs', 'conns'];
  expect(list(60, { columns })).toMatchInlineSnapshot(`
    "
    READY  NAME                            LATENCY   REQS  CONNS
      4/4  api                                12ms  20800    472
      4/4  web                                12ms  20800    472
      0/1  mailer                                -      -      -
      0/2  thumbnailer                           -      0      0
      3/4  payments-worker…or-the-night-a     12ms  15600    354

    5 apps (1 stopped), 11 of 13 workers online. 2 problems:
      mailer is waiting to start again: slot 0 ended with exit
        code 1 after 0.4s. See: zdm logs mailer --err
      payments-worker-for-the-night-a has 3 of 4 workers: slot 3
        is starting again. See: zdm logs
        payments-worker-for-the-night-a --err
    "
  `);
});

test('too many named columns run out of the terminal, in their order', () => {
  expect(header(list(30, { columns: ['mode', 'gen', 'state', 'cpu', 'mem'] }))).toBe('MODE     GEN  STATE          …');
});

test.each([
  ['cpu', ['api', 'web', 'payments-worker-for-the-night-a', 'mailer', 'thumbnailer']],
  ['rst', ['mailer', 'api', 'web', 'thumbnailer', 'payments-worker-for-the-night-a']],
  ['state', ['mailer', 'api', 'web', 'payments-worker-for-the-night-a', 'thumbnailer']],
  ['ready', ['mailer', 'payments-worker-for-the-night-a', 'api', 'web', 'thumbnailer']],
  ['name', ['api', 'mailer', 'payments-worker-for-the-night-a', 'thumbnailer', 'web']],
  ['mode', ['api', 'web', 'thumbnailer', 'payments-worker-for-the-night-a', 'mailer']],
  ['id', ['api', 'web', 'mailer', 'thumbnailer', 'payments-worker-for-the-night-a']],
])('sorted by %s: figures biggest first, states worst first, ties by id', (sort, names) => {
  const apps = sampleFleet().toReversed();
  expect(sortApps(apps, sort).map(({ name }) => name)).toEqual(names);
  const rows = paintList(apps, { width: Infinity, now: NOW, theme, sort, columns: ['name'] });
  expect(rows.slice(1, 6)).toEqual(names);
});

test('every column can be sorted by; without that the apps stay as they came', () => {
  const apps = sampleFleet().toReversed();
  for (const key of LIST_COLUMNS) expect(sortApps(apps, key)).toHaveLength(apps.length);
  expect(sortApps(apps, undefined)).toBe(apps);
});

test('names of wide characters leave the columns where they are', () => {
  const rows = paintList([sampleApp('支付'), sampleApp('api')], {
    width: 80,
    now: NOW,
    theme,
    columns: ['name', 'state'],
  });
  expect(rows.slice(0, 3)).toEqual(['NAME  STATE', '支付  ● online', 'api   ● online']);
});

test('a backoff counts down', () => {
  const app = sampleApp('mailer', { state: 'backoff', up: 0, retryAt: NOW + 7_400, reason: 'exit code 1 after 0.4s.' });
  const text = paintList([app], { width: 120, now: NOW, theme }).join('\n');
  expect(text).toContain('▲ backoff 8s');
  expect(text).toContain('mailer is waiting to start again: exit code 1 after 0.4s; next try in 8s. See: zdm logs');
});

test('40 columns', () => {
  expect(list(40)).toMatchInlineSnapshot(`
    "
    NAME                 STATE         READY
    api                  ● online        4/4
    web                  ⟳ reload 2/4    4/4
    mailer               ▲ backoff       0/1
    thumbnailer          ○ stopped       0/2
    payments-…e-night-a  ● online        3/4
    hidden here: id, mode, gen, cpu, mem,
      rst, up, port. Show: zdm list --wide

    5 apps (1 stopped), 11 of 13 workers
    online. 2 problems:
      mailer is waiting to start again: slot
        0 ended with exit code 1 after 0.4s.
        See: zdm logs mailer --err
      payments-worker-for-the-night-a has 3
        of 4 workers: slot 3 is starting
        again. See: zdm logs
        payments-worker-for-the-night-a
        --err
    "
  `);
});

test('no line is wider than the terminal', () => {
  for (let width = 20; width <= 140; width += 1) {
    for (const line of list(width, { pids: width % 2 === 0 }).split('\n'))
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
  }
});

test('colour changes no character', () => {
  const colored = plainTheme({ color: true, styles: true });
  for (const width of [40, 60, 80, 120]) {
    const plain = paintList(sampleFleet(), { width, now: NOW, theme });
    const painted = paintList(sampleFleet(), { width, now: NOW, theme: colored });
    expect(painted.join('\n')).not.toBe(plain.join('\n'));
    // eslint-disable-next-line no-control-regex
    expect(painted.map((line) => line.replaceAll(/\u001b\[[\d;]*m/g, ''))).toEqual(plain);
  }
});

describe('problems', () => {
  test.each([
    [
      'errored with a reason',
      sampleApp('api', { state: 'errored', up: 0, reason: '16 quick deaths in a row.' }),
      'api is errored: 16 quick deaths in a row. See: zdm logs api --err',
    ],
    [
      'one that is tried again',
      sampleApp('api', { up: 3, reason: 'slot 3 died 2 times in a row', retryAt: NOW + 4_100 }),
      'api has 3 of 4 workers: slot 3 died 2 times in a row; next try in 5s. See: zdm logs api --err',
    ],
    [
      'unreachable',
      sampleApp('api', { state: 'unreachable', reason: 'its master does not answer' }),
      'api is unreachable: its master does not answer. See: zdm describe api',
    ],
    [
      'a failed reload',
      sampleApp('api', {
        operations: [sampleOperation({ phase: 'failed', failure: { slot: 0, reason: 'exit code 1', lines: [] } })],
      }),
      'api: the last reload failed: exit code 1. See: zdm describe api',
    ],
    [
      'escape codes in a reason',
      sampleApp('api', { state: 'errored', up: 0, reason: '\u001b[31mred\u001b[0m\u0007' }),
      String.raw`api is errored: red\x07. See: zdm logs api --err`,
    ],
  ])('%s', (_, app, line) => {
    expect(paintList([app], { width: 200, now: NOW, theme }).at(-1)).toBe(`  ${line}`);
  });

  test('a failure that a later success followed is not one', () => {
    const failed = sampleOperation({ phase: 'failed', failure: { slot: 0, reason: 'x', lines: [] } });
    const app = sampleApp('api', { operations: [failed, sampleOperation({ op: 'op-2' })] });
    expect(paintList([app], { width: 200, now: NOW, theme }).at(-1)).toBe('1 app, 4 of 4 workers online.');
  });
});

function header(text: string): string | undefined {
  return text.split('\n')[1];
}

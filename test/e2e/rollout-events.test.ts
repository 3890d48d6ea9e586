// Promise: a program that begins an operation hears of each thing that happens to it and of nothing else; who does not wait gets on at once.
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

interface RolloutEvent {
  readonly type: string;
  readonly app: string;
  readonly op: string | null;
  readonly text?: string;
  readonly failure?: { readonly reason: string; readonly lines: readonly string[] } | null;
}

const eventsOf = (stdout: string): RolloutEvent[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RolloutEvent);
const typesOf = (events: readonly RolloutEvent[]): string[] =>
  events.map(({ type }) => type).filter((type, at, all) => type !== 'step' || all[at - 1] !== 'step');

test('one object a line, from the beginning to the end; a bad release is told there, too', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  const start = eventsOf(await box.ok(['start', script, '-n', 'api', '--json'], { env: { PORT: `${port}` } }));
  expect(typesOf(start)).toEqual(['begun', 'step', 'done']);
  expect(new Set(start.map(({ app, op }) => `${app} ${op}`)).size).toBe(1);

  expect(typesOf(eventsOf(await box.ok(['reload', 'api', '--json'])))).toEqual(['begun', 'step', 'done']);
  const proved = eventsOf(await box.ok(['reload', 'api', '--json', '--prove', `http://127.0.0.1:${port}/`]));
  expect(proved.at(-1)).toMatchObject({ type: 'proof', proved: true, failed: 0, cut: 0 });

  box.writeFile('api/http.js', 'throw new Error("no database");');
  const bad = await box.zdm(['reload', 'api', '--json']);
  expect(bad).toMatchObject({ code: 1, stderr: '' });
  const last = eventsOf(bad.stdout).at(-1)!;
  expect(last).toMatchObject({ type: 'failed', app: 'api', receipt: { replaced: 0 } });
  expect(last.failure!.lines.join('\n')).toContain('no database');

  expect(eventsOf(await box.ok(['stop', 'api', '--json'])).at(-1)).toMatchObject({ type: 'done', kind: 'stop' });
  expect(eventsOf(await box.ok(['stop', 'api', '--json']))).toMatchObject([
    { type: 'done', op: null, note: 'is stopped already' },
  ]);
  expect(eventsOf(await box.ok(['delete', 'api', '--json'])).at(-1)).toMatchObject({ type: 'done', kind: 'delete' });
});

test('without waiting: it is accepted, it is said how to follow it, and it goes on', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('waits-for-file.js', 'api');
  box.writeFile('api/open.txt', '');
  await box.ok(['start', script, '-n', 'api', '--listen-timeout', '60s'], { env: { PORT: `${port}` } });
  expect(await box.ok(['reload', 'api', '--no-wait'])).toBe(
    'api: reload begun. Follow it: zdm dash api, or zdm describe api; end it: zdm abort api\n',
  );
  await until(async () => (await box.app('api')).generation === 2, { message: 'the reload that nobody waited for' });
  expect(eventsOf(await box.ok(['scale', 'api', '2', '--no-wait', '--json']))).toMatchObject([
    { type: 'accepted', app: 'api', kind: 'scale' },
  ]);
  await until(async () => (await box.app('api')).up === 2, { message: 'the worker that nobody waited for' });
});

test('what cannot be is refused with the reason', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  await box.ok(['start', script, '-n', 'api'], { env: { PORT: `${await freePort()}` } });
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await box.zdm(args);
    expect(code, args.join(' ')).not.toBe(0);
    expect(stdout).toBe('');
    return stderr;
  };
  expect(await refused('rollback', 'api')).toMatch(/^zdm: api has no release to go back to/);
  expect(await refused('reload', 'api', '--dry-run', '--no-wait')).toMatch(/^zdm: --dry-run tells how it ended/);
  expect(await refused('reload', 'api', '--dry-run', '--prove', 'http://localhost/')).toMatch(
    /^zdm: --dry-run changes/,
  );
  expect(await refused('reload', 'api', '--prove', 'http://localhost/', '--no-wait')).toMatch(/^zdm: --prove watches/);
  await box.ok(['stop', 'api']);
  expect(await refused('rollback', 'api', '--json')).toMatch(/^zdm: api is stopped/);
  expect(await refused('reload', 'api', '--dry-run')).toMatch(/^zdm: api does not serve/);
});

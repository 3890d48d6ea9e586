// Promise: every program in docs/from-express-graceful-exit.md runs, serves and exits as the page says; and its table of options is
// the one of the code.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../daemon/graceful/options.ts';
import { get, joinPort } from '../daemon/connections/raw-client.ts';
import { startOwnExitApp } from '../helpers/exit-app.ts';
import { ask } from '../helpers/http.ts';
import { accepts } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';

const PAGE = readFileSync(new URL('../../docs/from-express-graceful-exit.md', import.meta.url), 'utf8');

interface Snippet {
  readonly title: string;
  readonly code: string;
  readonly name: string;
}

const snippets: Snippet[] = [...PAGE.matchAll(/```js\n([^]*?)```/g)].map(([, code], index) => ({
  title: `${index + 1}: ${/^(?:import|const) .*$/m.exec(code!)![0]}`,
  // The page's own advice: the name of the module is all that has to change.
  code: code!.replace("'express-graceful-exit'", "'zdm/graceful'"),
  name: /^import /m.test(code!) ? 'app.mjs' : 'app.js',
}));

test('there are programs to run', () => {
  expect(snippets.length).toBeGreaterThanOrEqual(8);
  expect(snippets.filter(({ name }) => name === 'app.mjs').length).toBeGreaterThanOrEqual(3);
});

describe.each(snippets)('$title', ({ code, name }) => {
  const serves = !/performLastRequest: false/.test(code);
  const drops = /errorDuringExit: false/.test(code);

  test('serves, and exits in order', async () => {
    const { port, process: app } = await startOwnExitApp(code, name);
    expect(await ask(port)).toMatchObject({ status: 200, text: 'hello' });
    const client = await joinPort(port);
    client.send(get('/'));
    await client.gets('hello');
    app.kill('SIGTERM');
    await until(async () => !(await accepts(port)), { message: 'it stops listening' });
    client.send(get('/'));
    await until(() => client.ended, { message: 'the connection ends' });
    const [, second] = client.text.split(/(?=HTTP\/1\.1 )/);
    if (drops) expect(second).toBeUndefined();
    else
      expect(second).toMatch(
        serves ? /^HTTP\/1\.1 200 [^]*connection: close[^]*hello/i : /^HTTP\/1\.1 502 [^]*connection: close/i,
      );
    const { code: exitCode, stdout, text } = await app.ended();
    expect(exitCode, text).toBe(0);
    for (const [, said] of code.matchAll(/console\.log\(['`]([a-z ]+)/g)) expect(stdout).toContain(said);
  });
});

describe('the table of options', () => {
  const rows = [...PAGE.matchAll(/^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| [^|]+ \|$/gm)].map(([, name, old, ours]) => ({
    name,
    old,
    ours,
  }));

  test('has every option once, in no other place', () => {
    const described = rows.map(({ name }) => name!);
    expect(new Set(described)).toEqual(new Set(Object.keys(readOptions())));
    expect(described).toHaveLength(new Set(described).size);
  });

  test('has the defaults', () => {
    const { exitSignal, ...defaults } = readOptions();
    const plain = Object.entries({ ...defaults, exitSignal: `['${exitSignal.join("', '")}']` })
      .filter(([, value]) => ['number', 'boolean', 'string'].includes(typeof value))
      .map(([name, value]) => ({ name, ours: `\`${value as string}\`` }));
    expect(plain.length).toBeGreaterThan(8);
    expect(rows).toEqual(expect.arrayContaining(plain.map((one) => expect.objectContaining(one))));
  });

  test('the old defaults, set as the page says, are all that differ', () => {
    const last = snippets.at(-1)!.code;
    const differing = rows
      .filter(({ old, ours }) => old !== '' && old !== ours)
      .map(({ name, old }) => `${name}: ${old!.replaceAll('`', '')}`);
    expect(differing.filter((one) => !last.replaceAll('_', '').includes(one))).toEqual([]);
  });
});

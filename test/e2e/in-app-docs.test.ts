// Promise: every program in the pages for master-process and node-deployment runs, reloads and ends as they say; and the table of
// variables is the one of the code.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { specOf } from '../../cli/in-app/settings.ts';
import { ask } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { childrenOf } from '../helpers/processes.ts';
import { installZdm } from '../helpers/program.ts';
import { spawnLive } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

const pageOf = (name: string): string => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
const PAGES = { 'from-master-process': 'SIGHUP', 'from-node-deployment': 'SIGUSR1' } as const;

const programs = Object.entries(PAGES).flatMap(([page, signal]) =>
  [...pageOf(page).matchAll(/```js\n([^]*?)```/g)].map(([, code], index) => ({
    title: `${page}, program ${index + 1}`,
    signal,
    // The pages' own advice for who changes nothing else; node-deployment is itself the function.
    code: code!
      .replace("require('master-process')", "require('zdm/master')")
      .replace("require('node-deployment')", "require('zdm/master').init"),
    name: /^import /m.test(code!) ? 'app.mjs' : 'app.cjs',
  })),
);

test('there are programs of both kinds on both pages', () => {
  for (const page of Object.keys(PAGES)) {
    const names = programs.filter(({ title }) => title.startsWith(page)).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(['app.mjs', 'app.cjs']));
  }
});

describe.each(programs)('$title', ({ code, name, signal }) => {
  test('serves in workers, reloads and ends', async () => {
    const box = sandbox();
    const { folder } = installZdm(path.join(box.work, 'program'));
    const port = await freePort();
    const env = { ...box.env, PORT: `${port}`, NODE_ENV: 'production' };
    const live = spawnLive(box.writeFile(`program/${name}`, code), [], { cwd: folder, env });
    onTestFinished(() => live.kill('SIGKILL'));
    await live.waitFor(/app is online/);
    expect(await ask(port)).toMatchObject({ status: 200, text: 'hello' });
    const before = childrenOf(live.pid);
    live.kill(signal);
    await live.waitFor(/app reload g1 → g2 done/);
    expect((await ask(port)).text).toBe('hello');
    await until(() => childrenOf(live.pid).every((pid) => !before.includes(pid)), { message: 'the old ones are gone' });
    live.kill('SIGTERM');
    expect(await live.ended()).toMatchObject({ code: 0 });
    expect(await accepts(port)).toBe(false);
  });
});

describe('the table of variables', () => {
  const rows = [...pageOf('from-master-process').matchAll(/^\| `([A-Z_]+)` \| `(\w+)` \| (.*?) \|/gm)].map(
    ([, variable, option, usual]) => ({ variable: variable!, option: option!, usual: usual! }),
  );
  const around = { argv: ['node', '/app.js'], execArgv: [], cwd: '/', cpus: 4 };

  test('has every option, and each is read from its variable', () => {
    // The message for one that is unknown names all there are.
    const known = (() => {
      try {
        specOf({ unknown: 1 } as object, { ...around, env: {} });
        return '';
      } catch (error) {
        return (error as Error).message.split('There are: ')[1] ?? '';
      }
    })();
    expect(rows.map(({ option }) => option).toSorted()).toEqual(known.split(', ').toSorted());
    for (const { variable, option } of rows) {
      if (option === 'restartBackoff') continue;
      expect(() => specOf({}, { ...around, env: { [variable]: 'nonsense' } })).toThrow(`${option} (or ${variable})`);
    }
  });

  test('tells the defaults', () => {
    const usual = specOf({}, { ...around, env: {} });
    for (const { variable, usual: text } of rows) {
      const value = /^`(.*)`$/.exec(text)?.[1];
      if (value !== undefined)
        expect(specOf({}, { ...around, env: { [variable]: value } })).toEqual({ ...usual, env: { [variable]: value } });
      else expect(text).toMatch(/^no limit/);
    }
  });
});

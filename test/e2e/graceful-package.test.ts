// Promise: `zdm/graceful` is one small file for both kinds of modules, and loads nothing but node's own.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { expect, test } from 'vitest';
import { startOwnExitApp } from '../helpers/exit-app.ts';

const FILE = new URL('../../dist/graceful.cjs', import.meta.url);
const NAMES = ['fastifyGraceful', 'graceful', 'gracefulExitHandler', 'init', 'middleware', 'setProcessHandler'];

test('require() and import give the same functions, from one file', async () => {
  const source = `
    import { createRequire } from 'node:module';
    import http from 'node:http';
    import { ${NAMES.join(', ')} } from 'zdm/graceful';
    import whole from 'zdm/graceful';
    const require = createRequire(import.meta.url);
    const required = require('zdm/graceful');
    const imported = { ${NAMES.join(', ')} };
    console.log(JSON.stringify(Object.keys(required)), required === whole, Object.keys(require.cache).length);
    console.log(Object.keys(imported).every((name) => imported[name] === required[name]));
    http.createServer((request, response) => response.end()).listen(process.env.PORT);`;
  const { process: app } = await startOwnExitApp(source, 'app.mjs');
  await app.waitFor(`${JSON.stringify(NAMES)} true 1\ntrue\n`);
});

test('it asks for modules of node only, and is small', () => {
  const code = readFileSync(FILE, 'utf8');
  const asked = [...code.matchAll(/\brequire\(["']([^"']+)["']\)|\bimport\(/g)].map(([, name]) =>
    name?.replace('node:', ''),
  );
  expect(asked.length).toBeGreaterThan(2);
  expect(asked.filter((name) => name === undefined || !builtinModules.includes(name))).toEqual([]);
  expect(code.length).toBeLessThan(40_000);
});

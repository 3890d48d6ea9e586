import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { findConfig, isConfigFile } from '../../../cli/config/locate.ts';
import type { LoadOptions, LoadedConfig } from '../../../cli/config/load.ts';
import { tempFolder } from '../temp-folder.ts';

// Loaded by plain Node.js from a CommonJS bundle, as in the real thing: the test runner has an import() of its own.
let bundle = '';

beforeAll(async () => {
  const entryPoints = [path.resolve('cli/config/load.ts')];
  const built = await build({ entryPoints, bundle: true, platform: 'node', format: 'cjs', write: false });
  bundle = built.outputFiles[0]?.text ?? '';
});

const APP = `{ script: 'a.js', name: 'a' }`;

test.each([
  ['x.config.cjs', `module.exports = { apps: [${APP}] }`],
  ['x.config.mjs', `export default { apps: [${APP}] }`],
  ['y.config.mjs', `export const apps = [${APP}]`],
  ['x.config.js', `module.exports = [${APP}]`],
  ['esm/x.config.js', `export default ${APP}`],
  ['f.config.mjs', `export default async () => (${APP})`],
  ['t.config.cjs', `exports.__esModule = true; exports.default = ${APP}`],
  ['x.json', `\uFEFF{ "apps": [{ "script": "a.js", "name": "a" }] }`],
])('reads %s', async (name, text) => {
  const folder = tempFolder({ [name]: text, 'esm/package.json': '{ "type": "module" }' });
  const loaded = await load(path.join(folder, name));
  expect(loaded).toMatchObject({
    apps: [{ script: 'a.js', name: 'a' }],
    warnings: [],
    dir: path.dirname(path.join(folder, name)),
  });
});

test.each([
  ['a.json', '{\n  "apps": [\n    { "script": app.js }\n  ]\n}', "a.json:3:17: Unexpected token 'a'"],
  ['b.json', '{\n  "a": 1,\n}', 'b.json:3:1: Expected double-quoted property name'],
  ['c.json', '{\n  "a": [1, 2', 'c.json:2:13: Expected'],
  ['d.json', '', 'd.json:1:1: Unexpected end of JSON input'],
  ['e.json', '{ "a": 1 }\n}', 'e.json:2:1: Unexpected non-whitespace character'],
  ['a.config.cjs', 'module.exports = {\n  apps: [ ;\n}', "a.config.cjs:2:11: Unexpected token ';'"],
  ['a.config.mjs', 'export default {\n  apps: [ ;\n}', "a.config.mjs:2:11: Unexpected token ';'"],
  ['esm/a.config.js', 'export default {\n  apps: [ ;\n}', "esm/a.config.js:2:11: Unexpected token ';'"],
  ['b.config.cjs', '\nmodule.exports = config.apps', 'b.config.cjs:2:18: config is not defined'],
  ['b.config.mjs', '\nexport default config.apps', 'b.config.mjs:2:16: config is not defined'],
  ['c.config.cjs', '\nrequire("./nowhere")', "c.config.cjs:2:1: Cannot find module './nowhere'"],
  ['c.config.mjs', '\nexport default () => config', 'c.config.mjs:2:22: config is not defined'],
  ['d.config.mjs', 'import { nothing } from "node:fs"', "d.config.mjs:1:10: The requested module 'node:fs'"],
  ['e.config.mjs', 'throw "a text"', 'e.config.mjs: a text'],
])('says where and why %s cannot be read', async (name, text, expected) => {
  const folder = tempFolder({ [name]: text, 'esm/package.json': '{ "type": "module" }' });
  const { code, message } = await failure(path.join(folder, name));
  expect(code).toBe('BAD_CONFIG');
  expect(message.startsWith(`${folder}/${expected}`), message).toBe(true);
  expect(message).not.toMatch(/position|is not valid JSON|\n/);
});

test('reports all problems of a file at once', async () => {
  const folder = tempFolder({ 'zdm.config.cjs': `module.exports = [{ script: 'a.js', instnces: 2 }, {}]` });
  expect(await failure(path.join(folder, 'zdm.config.cjs'))).toEqual({
    code: 'BAD_CONFIG',
    message: [
      'zdm.config.cjs has 2 problems:',
      '  apps[0]: unknown field "instnces". Did you mean "instances"?',
      '  apps[1]: script is missing',
    ].join('\n'),
    hint: null,
  });
});

test.each([
  ['nowhere.json', {}, 'No such config file: DIR/nowhere.json.', null],
  ['zdm.confg.cjs', {}, 'No such config file: DIR/zdm.confg.cjs. Did you mean "zdm.config.cjs"?', null],
  ['a.yaml', {}, 'DIR/a.yaml: .yaml files cannot be read yet.', 'Use .js, .cjs, .mjs or .json.'],
  ['zdm.config.cjs', { env: 'prod' }, 'No app in DIR/zdm.config.cjs has env_prod.', 'There is: production, test.'],
  [
    'zdm.config.cjs',
    { only: ['apo'] },
    'No app "apo" in DIR/zdm.config.cjs. Did you mean "api"?',
    'There is: api, web.',
  ],
])('refuses %s with %j', async (name, options, message, hint) => {
  const folder = configFolder();
  const { message: said, hint: next } = await failure(path.join(folder, name), options);
  expect({ message: said.replace(folder, 'DIR'), hint: next }).toEqual({ message, hint });
});

test('--env lays env_<name> over env, --only chooses by name, given or not', async () => {
  const file = path.join(configFolder(), 'zdm.config.cjs');
  const loaded = await load(file, { env: 'production', only: ['web'] });
  expect(loaded.apps).toMatchObject([{ script: 'web.js', env: { A: '1', B: '3' } }]);
  expect(loaded.warnings).toEqual(['zdm.config.cjs: apps[1]: not supported yet, ignored: watch']);
});

test('names decide what is a config file, and which one is taken', () => {
  const yes = ['zdm.config.js', 'a/ecosystem.config.cjs', 'x.config.mjs', 'apps.json', 'x.yml', 'zdm.config.ts'];
  expect(yes.filter((name) => !isConfigFile(name))).toEqual([]);
  expect(['app.js', 'config.js', 'api.mjs', 'json', 'npm'].filter(isConfigFile)).toEqual([]);
  const folder = tempFolder({ 'ecosystem.config.js': '', 'zdm.config.mjs': '', 'other.config.js': '' });
  expect(findConfig(folder)).toBe(path.join(folder, 'zdm.config.mjs'));
  expect(findConfig(tempFolder({ 'app.js': '' }))).toBeUndefined();
});

function configFolder(): string {
  const apps = `[
    { script: 'api.js', name: 'api', env_test: {} },
    { script: 'web.js', watch: true, env: { A: 1, B: 2 }, env_production: { B: 3 } },
  ]`;
  return tempFolder({ 'zdm.config.cjs': `module.exports = { apps: ${apps} }`, 'a.yaml': '' });
}

async function load(file: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  const [ok, value] = await run(file, options);
  expect(ok, JSON.stringify(value)).toBe(true);
  return value as LoadedConfig;
}

async function failure(file: string, options: LoadOptions = {}) {
  const [ok, value] = await run(file, options);
  expect(ok, JSON.stringify(value)).toBe(false);
  return value as { code: string; message: string; hint: string | null };
}

async function run(file: string, options: LoadOptions): Promise<[boolean, unknown]> {
  const print = 'const print = (...result) => console.log(JSON.stringify(result));';
  const fail = '({ code, message, hint }) => print(false, { code, message, hint })';
  const call = `module.exports.loadConfig(${JSON.stringify(file)}, ${JSON.stringify(options)})`;
  const main = path.join(
    tempFolder({ 'main.cjs': `${bundle}\n${print}\n${call}.then((value) => print(true, value), ${fail});` }),
    'main.cjs',
  );
  const { stdout } = await promisify(execFile)(process.execPath, [main]);
  return JSON.parse(stdout) as [boolean, unknown];
}

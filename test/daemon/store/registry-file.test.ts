import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRegistryFile, type AppRecord } from '../../../daemon/store/registry-file.ts';
import { until } from '../../helpers/until.ts';
import { compile, start } from '../program.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

const APPS: readonly AppRecord[] = [
  { id: 0, spec: sampleSpec(), up: true },
  { id: 3, spec: sampleSpec({ name: 'constructor', env: { 'a.b': '1', __internal__: '2' } }), up: false },
];

/** The file as version 4 writes it. It must be readable for ever. */
const VERSION_4 = { version: 4, apps: APPS };

/** Earlier versions had no such fields. */
const NEW_IN_4 = ['stopExitCodes', 'restartWindow', 'treekill'];
const NEW_IN_3 = ['throttle', 'limits', ...NEW_IN_4];
const NEW_IN_2 = ['balance', 'sticky', 'socketMode', 'shutdownWithMessage', ...NEW_IN_3];
const VERSION_3 = { version: 3, apps: without(NEW_IN_4) };
const VERSION_2 = { version: 2, apps: without(NEW_IN_3) };
const VERSION_1 = { version: 1, apps: without(NEW_IN_2) };

function without(fields: readonly string[]): object[] {
  return APPS.map((app) => ({
    ...app,
    spec: Object.fromEntries(Object.entries(app.spec).filter(([field]) => !fields.includes(field))),
  }));
}

describe('the file', () => {
  test('keeps what was written, in order', () => {
    const file = `${tempFolder()}/apps.json`;
    openRegistryFile(file).write(APPS);
    expect(openRegistryFile(file).read()).toEqual(APPS);
    openRegistryFile(file).write([APPS[1]!]);
    expect(openRegistryFile(file).read()).toEqual([APPS[1]]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 4, apps: [APPS[1]] });
  });

  test('is empty when it is new', () => expect(openRegistryFile(`${tempFolder()}/apps.json`).read()).toEqual([]));

  test.each([
    ['1', VERSION_1],
    ['2', VERSION_2],
    ['3', VERSION_3],
    ['4', VERSION_4],
  ])('of version %s is understood', (_, stored) => {
    const file = `${tempFolder()}/apps.json`;
    writeFileSync(file, JSON.stringify(stored));
    expect(openRegistryFile(file).read()).toEqual(APPS);
  });

  test('can be read by this user only, from the first moment', () => {
    const file = `${tempFolder()}/apps.json`;
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const registry = openRegistryFile(file);
    if (existsSync(file)) expect(statSync(file).mode & 0o777).toBe(0o600);
    registry.write(APPS);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('that was deleted meanwhile is written whole again', () => {
    const file = `${tempFolder()}/apps.json`;
    const registry = openRegistryFile(file);
    registry.write(APPS);
    rmSync(file);
    registry.write(APPS);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(VERSION_4);
  });
});

describe('a file that cannot be trusted is refused, and stays as it is', () => {
  const record = { id: 0, spec: sampleSpec(), up: true };
  const damaged: [string, string, RegExp][] = [
    ['half a file', JSON.stringify(VERSION_4).slice(0, 200), /apps\.json is damaged.*JSON/],
    ['an empty file', '', /apps\.json is damaged/],
    ['something else', 'null', /damaged/],
    ['a list', JSON.stringify(APPS), /damaged/],
    ['no version', JSON.stringify({ apps: APPS }), /damaged.*version/],
    ['a version that is none', JSON.stringify({ ...VERSION_4, version: '2' }), /damaged.*version/],
    ['no apps', JSON.stringify({ version: 1 }), /damaged.*apps/],
    ['apps that are no list', JSON.stringify({ version: 1, apps: {} }), /damaged.*apps/],
    [
      'an app without a description',
      JSON.stringify({ version: 1, apps: [record, { id: 1, up: true }] }),
      /damaged.*app 1/,
    ],
    ['an app without a name', JSON.stringify({ version: 1, apps: [{ ...record, spec: {} }] }), /damaged.*app 0/],
    ['an app without an id', JSON.stringify({ version: 1, apps: [{ ...record, id: 'x' }] }), /damaged.*app 0/],
    ['null as an app', JSON.stringify({ version: 1, apps: [null] }), /damaged.*app 0/],
    ['a newer version', JSON.stringify({ version: 5, apps: APPS }), /newer zdm/],
    ['a newer version of another shape', JSON.stringify({ version: 9, fleets: {} }), /newer zdm/],
  ];

  test.each(damaged)('%s', (_title, text, message) => {
    const folder = tempFolder();
    writeFileSync(`${folder}/apps.json`, text);
    const like = expect.objectContaining({
      code: 'DAEMON_FAILED',
      message: expect.stringMatching(message) as string,
    }) as Error;
    expect(() => openRegistryFile(`${folder}/apps.json`)).toThrow(like);
    expect(readFileSync(`${folder}/apps.json`, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['apps.json']);
  });

  test('a folder in its place', () => {
    const file = `${tempFolder()}/apps.json`;
    mkdirSync(file);
    expect(() => openRegistryFile(file)).toThrow(/apps\.json/);
  });
});

test('a write that fails leaves the old file', () => {
  const folder = tempFolder();
  const registry = openRegistryFile(`${folder}/apps.json`);
  registry.write(APPS);
  const circular = { ...APPS[0]!, spec: sampleSpec() } as { spec: object };
  Object.assign(circular.spec, { circular });
  expect(() => registry.write([circular as AppRecord])).toThrow();
  expect(openRegistryFile(`${folder}/apps.json`).read()).toEqual(APPS);
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be written to is an error, not a loss', () => {
  const folder = tempFolder();
  const registry = openRegistryFile(`${folder}/apps.json`);
  registry.write(APPS);
  chmodSync(folder, 0o500);
  onTestFinished(() => chmodSync(folder, 0o700));
  expect(() => registry.write([])).toThrow();
  expect(registry.read()).toEqual(APPS);
});

test('a reader never sees half a file, and neither does who comes after a killed writer', async () => {
  const folder = tempFolder();
  const file = `${folder}/apps.json`;
  const code = `
    import { openRegistryFile } from './store/registry-file.ts';
    const registry = openRegistryFile(process.argv[2]);
    const app = ${JSON.stringify(APPS[0])};
    console.log('writing.');
    for (let turn = 0; ; turn += 1) {
      registry.write(Array.from({ length: 1 + (turn % 200) }, (_, id) => ({ ...app, id, spec: { ...app.spec, name: 'app-' + id } })));
    }`;
  const writer = start(await compile(folder, code), [file]);
  await writer.said('writing.');
  const sizes = new Set<number>();
  await until(
    () => {
      for (let turn = 0; turn < 50; turn += 1)
        sizes.add((JSON.parse(readFileSync(file, 'utf8')) as typeof VERSION_4).apps.length);
      return sizes.size > 20;
    },
    { every: 1 },
  );
  writer.child.kill('SIGKILL');
  await writer.ended();
  const left = openRegistryFile(file).read();
  expect(left.map(({ id }) => id)).toEqual(left.map((_, index) => index));
});

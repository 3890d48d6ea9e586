import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { isSpec } from '../../../daemon/control/validate.ts';
import { sendEventsTo } from '../../../daemon/os/log.ts';
import { type RegistryFile, registryFile } from '../../../daemon/store/registry-file.ts';
import type { AppRecord } from '../../../daemon/store/stored-apps.ts';
import { until } from '../../helpers/until.ts';
import { compile, start } from '../program.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

const APPS: readonly AppRecord[] = [
  { id: 0, spec: sampleSpec(), up: true, deleted: false },
  {
    id: 3,
    spec: sampleSpec({ name: 'constructor', env: { 'a.b': '1', __internal__: '2' } }),
    up: false,
    deleted: false,
  },
];

const CURRENT = { version: 6, apps: APPS };

/** What a description did not have before. */
const NEW_IN_2 = { balance: 'least', sticky: 'none', socketMode: 0o664, shutdownWithMessage: false };
const NEW_IN_3 = { throttle: null, limits: null };
/** Nor limits. */
const NO_HANG: object = { hang: null };
const NEW_IN_4 = { stopExitCodes: [], restartWindow: 900_000, treekill: true };
const NEW_IN_5 = {
  waitFor: [],
  health: null,
  warmup: [],
  strategy: 'rolling',
  surge: { unit: 'count', value: 1 },
  minReady: 0,
  progressDeadline: 600_000,
  bake: 30_000,
  canary: null,
};

/** As that version wrote it: it must be readable for ever. */
function stored(version: number): string {
  return readFileSync(new URL(`versions/apps-${version}.json`, import.meta.url), 'utf8');
}

const open = (file: string): RegistryFile => registryFile(file, isSpec);

let events: string[] = [];
beforeEach(() => void (events = []));
beforeAll(() => sendEventsTo((event, facts) => events.push(JSON.stringify({ event, ...facts }))));

describe('the file', () => {
  test('keeps what was written, in order', () => {
    const file = `${tempFolder()}/apps.json`;
    open(file).write(APPS);
    expect(open(file).read()).toEqual(APPS);
    open(file).write([APPS[1]!]);
    expect(open(file).read()).toEqual([APPS[1]]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 6, apps: [APPS[1]] });
  });

  test('is empty when it is new', () => expect(open(`${tempFolder()}/apps.json`).read()).toEqual([]));

  test.each([
    [1, { ...NEW_IN_2, ...NEW_IN_3, ...NEW_IN_4, ...NEW_IN_5 }, { deleted: false }],
    [2, { ...NEW_IN_3, ...NEW_IN_4, ...NEW_IN_5 }, { deleted: false }],
    [3, { ...NEW_IN_4, ...NEW_IN_5 }, { deleted: false }],
    [4, NEW_IN_5, {}],
    [5, {}, {}],
  ])('of version %i is understood', (version, inSpec, inRecord) => {
    const file = `${tempFolder()}/apps.json`;
    writeFileSync(file, stored(version));
    const { apps } = JSON.parse(stored(version)) as typeof CURRENT;
    const limitsOf = ({ spec: { limits } }: AppRecord): object => (limits ? { limits: { ...NO_HANG, ...limits } } : {});
    expect(open(file).read()).toEqual(
      apps.map((app) => ({ ...app, ...inRecord, spec: { ...app.spec, ...limitsOf(app), ...inSpec } })),
    );
    expect(readFileSync(file, 'utf8')).toBe(stored(version));
    expect(events).toEqual([]);
  });

  test('can be read by this user only, from the first moment', () => {
    const file = `${tempFolder()}/apps.json`;
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    open(file).write(APPS);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('that was deleted meanwhile is written whole again', () => {
    const file = `${tempFolder()}/apps.json`;
    const registry = open(file);
    registry.write(APPS);
    rmSync(file);
    registry.write(APPS);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(CURRENT);
  });
});

describe('a file that is not understood is set aside as it was, and the apps that are whole go on', () => {
  const record = APPS[0]!;
  const file = (change: object): string => JSON.stringify({ ...CURRENT, ...change });
  const [good, other] = [record, { ...record, id: 1, spec: sampleSpec({ name: 'web' }) }];
  const rows: [string, string, 'damaged' | 'newer', RegExp, readonly AppRecord[]][] = [
    ['half a file', file({}).slice(0, 200), 'damaged', /not JSON/, []],
    ['an empty file', '', 'damaged', /not JSON/, []],
    ['something else', 'null', 'damaged', /no version/, []],
    ['a list', JSON.stringify(APPS), 'damaged', /no version/, []],
    ['no version', JSON.stringify({ apps: APPS }), 'damaged', /no version/, []],
    ['a version that is none', file({ version: '2' }), 'damaged', /no version/, []],
    ['no apps', JSON.stringify({ version: 1 }), 'damaged', /no list of apps/, []],
    ['apps that are no list', file({ apps: {} }), 'damaged', /no list of apps/, []],
    [
      'an app without a description',
      file({ apps: [good, { id: 1, up: true }, other] }),
      'damaged',
      /app 1/,
      [good, other],
    ],
    ['an app without a name', file({ apps: [{ ...record, spec: {} }, good] }), 'damaged', /app 0/, [good]],
    [
      'an app that could not be started',
      file({ apps: [{ ...record, spec: sampleSpec({ instances: -1 }) }, good] }),
      'damaged',
      /app 0/,
      [good],
    ],
    ['an app without an id', file({ apps: [{ ...record, id: 'x' }] }), 'damaged', /app 0/, []],
    ['null as an app', file({ apps: [null] }), 'damaged', /app 0/, []],
    ['a newer version', file({ version: 7 }), 'newer', /version 7, this zdm knows 6/, []],
    ['a newer version of another shape', JSON.stringify({ version: 9, fleets: {} }), 'newer', /version 9/, []],
  ];

  test.each(rows)('%s', (_title, text, kind, why, left) => {
    const folder = tempFolder();
    writeFileSync(`${folder}/apps.json`, text);
    expect(open(`${folder}/apps.json`).read()).toEqual(left);
    const [aside, ...others] = readdirSync(folder).filter((name) => name !== 'apps.json');
    expect(others).toEqual([]);
    expect(aside).toMatch(new RegExp(`^apps\\.json\\.${kind}-\\d{4}-\\d\\d-\\d\\dT`));
    expect(readFileSync(`${folder}/${aside}`, 'utf8')).toBe(text);
    expect(events).toEqual([expect.stringMatching(why)]);
    // Where passwords stand.
    expect(events[0]).not.toContain('größer');
    expect(open(`${folder}/apps.json`).read()).toEqual(left);
    expect(events).toHaveLength(1);
  });

  test('of many the newest are kept', async () => {
    const folder = tempFolder();
    for (let turn = 0; turn < 9; turn += 1) {
      writeFileSync(`${folder}/apps.json`, `${turn}`);
      open(`${folder}/apps.json`).read();
      const before = Date.now();
      await until(() => Date.now() > before, { every: 1 });
    }
    writeFileSync(`${folder}/apps.json`, file({ version: 9 }));
    open(`${folder}/apps.json`).read();
    const aside = readdirSync(folder).toSorted();
    const texts = aside
      .filter((name) => name.includes('.damaged-'))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
    expect(texts).toEqual(['4', '5', '6', '7', '8']);
    expect(aside.filter((name) => name.includes('.newer-'))).toHaveLength(1);
  });

  test('a folder in its place', () => {
    const file = `${tempFolder()}/apps.json`;
    mkdirSync(file);
    expect(() => open(file).read()).toThrow(/EISDIR/);
  });
});

test('a write that fails leaves the old file', () => {
  const folder = tempFolder();
  const registry = open(`${folder}/apps.json`);
  registry.write(APPS);
  const circular = { ...APPS[0]!, spec: sampleSpec() } as { spec: object };
  Object.assign(circular.spec, { circular });
  expect(() => registry.write([circular as AppRecord])).toThrow();
  expect(open(`${folder}/apps.json`).read()).toEqual(APPS);
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be written to is an error, not a loss', () => {
  const folder = tempFolder();
  const registry = open(`${folder}/apps.json`);
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
    import { registryFile } from './store/registry-file.ts';
    const registry = registryFile(process.argv[2], () => true);
    const app = ${JSON.stringify(APPS[0])};
    registry.write([app]);
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
        sizes.add((JSON.parse(readFileSync(file, 'utf8')) as typeof CURRENT).apps.length);
      return sizes.size > 20;
    },
    { every: 1 },
  );
  writer.child.kill('SIGKILL');
  await writer.ended();
  const left = open(file).read();
  expect(left.map(({ id }) => id)).toEqual(left.map((_, index) => index));
});

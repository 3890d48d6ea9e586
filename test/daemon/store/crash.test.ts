// Whoever writes a file of the home is killed at every step of it, one after the other. What is read then is the old or the
// new state, and what is left behind is gone after the next write. (A power cut cannot be tried: that what is written is
// flushed before it gets its name can only be read in os/replace-file.ts.)
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { codeCache } from '../../../cli/code-cache.ts';
import { takeLock } from '../../../daemon/os/lock.ts';
import { sendEventsTo } from '../../../daemon/os/log.ts';
import { writePidFile } from '../../../daemon/os/pid-file.ts';
import { registryFile } from '../../../daemon/store/registry-file.ts';
import type { AppRecord } from '../../../daemon/store/stored-apps.ts';
import { onceEvent } from '../../helpers/until.ts';
import { compile, PLAIN_ENVIRONMENT } from '../program.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

const PRELOAD = fileURLToPath(new URL('../../helpers/die-at.cjs', import.meta.url));
const ONE: AppRecord = { id: 0, spec: sampleSpec(), up: true, deleted: false };
const TWO: AppRecord = { id: 1, spec: sampleSpec({ name: 'web' }), up: false, deleted: false };
const list = (folder: string): ReturnType<typeof registryFile> => registryFile(`${folder}/apps.json`, () => true);
const DAMAGED = JSON.stringify({ version: 6, apps: [ONE, null] });
const CACHE = { name: 'commands', digest: 'a' };
const cacheOf = (folder: string): ReturnType<typeof codeCache> =>
  codeCache({ cache: `${folder}/cache` }, CACHE.name, CACHE.digest);

interface Writer {
  /** What it does: an ES module with the folder in `folder`. */
  readonly code: string;
  prepare(folder: string): void;
  /** What is there now, as it is read. */
  state(folder: string): unknown;
  readonly old: unknown;
  readonly next: unknown;
  /** The same write again, to its end; names what may be there after it. */
  again(folder: string): void;
  readonly left: readonly (string | RegExp)[];
}

const WRITERS: Record<string, Writer> = {
  'the list of apps': {
    code: `import { registryFile } from './store/registry-file.ts';
      registryFile(folder + '/apps.json', () => true).write(${JSON.stringify([ONE, TWO])});`,
    prepare: (folder) => list(folder).write([ONE]),
    state: (folder) => list(folder).read(),
    old: [ONE],
    next: [ONE, TWO],
    again: (folder) => list(folder).write([ONE, TWO]),
    left: ['apps.json'],
  },
  'the first list of apps': {
    code: `import { registryFile } from './store/registry-file.ts';
      registryFile(folder + '/apps.json', () => true).write(${JSON.stringify([ONE])});`,
    prepare: () => undefined,
    state: (folder) => list(folder).read(),
    old: [],
    next: [ONE],
    again: (folder) => list(folder).write([ONE]),
    left: ['apps.json'],
  },
  'a damaged list that is set aside': {
    code: `import { registryFile } from './store/registry-file.ts';
      registryFile(folder + '/apps.json', () => true).read();`,
    prepare: (folder) => writeFileSync(`${folder}/apps.json`, DAMAGED),
    // However far it came: the app that is whole, and every byte of the file.
    state: (folder) => {
      const apps = list(folder).read();
      const aside = readdirSync(folder).filter((name) => name.includes('.damaged-'));
      return [apps, new Set(aside.map((name) => readFileSync(`${folder}/${name}`, 'utf8')))];
    },
    old: [[ONE], new Set([DAMAGED])],
    next: [[ONE], new Set([DAMAGED])],
    again: (folder) => list(folder).write([ONE]),
    left: ['apps.json', /^apps\.json\.damaged-/, /^apps\.json\.damaged-/],
  },
  'the lock': {
    code: `import { takeLock } from './os/lock.ts';
      takeLock(folder + '/lock')();`,
    prepare: () => undefined,
    // A dead holder is none.
    state: (folder) => takeLock(`${folder}/lock`) !== null,
    old: true,
    next: true,
    again: () => undefined,
    left: [/^lock\.\d+$/],
  },
  'the pid of a master': {
    code: `import { writePidFile } from './os/pid-file.ts';
      writePidFile(folder + '/master.pid');`,
    prepare: (folder) => writeFileSync(`${folder}/master.pid`, '1\n'),
    state: (folder) => /^\d+\n$/.test(readFileSync(`${folder}/master.pid`, 'utf8')),
    old: true,
    next: true,
    again: (folder) => void writePidFile(`${folder}/master.pid`),
    left: ['master.pid'],
  },
  'compiled code': {
    code: `import { codeCache } from '../cli/code-cache.ts';
      codeCache({ cache: folder + '/cache' }, ${JSON.stringify(CACHE.name)}, ${JSON.stringify(CACHE.digest)}).write(Buffer.from('code'));`,
    prepare: () => undefined,
    state: (folder) => cacheOf(folder).read()?.toString(),
    old: undefined,
    next: 'code',
    again: (folder) => cacheOf(folder).write(Buffer.from('code')),
    left: ['cache', `cache/commands-a-${process.version}`],
  },
};

const programs = new Map<string, string>();

beforeAll(async () => {
  sendEventsTo(() => undefined);
  const folder = mkdtempSync(path.join(tmpdir(), 'zdm-crash-'));
  for (const [name, { code }] of Object.entries(WRITERS))
    programs.set(name, await compile(folder, `const folder = process.argv[2];\n${code}`));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** Runs it until its `step`-th step on disk; how it ended. */
async function runUntil(step: number, program: string, folder: string): Promise<number | string | null> {
  const env = { ...PLAIN_ENVIRONMENT, DIE_AT: `${step}` };
  const child = spawn(process.execPath, ['--require', PRELOAD, program, folder], { env, stdio: 'ignore' });
  const [code, signal] = (await onceEvent(child, 'close')) as [number | null, string | null];
  return code ?? signal;
}

test.each(Object.entries(WRITERS))('%s', async (name, writer) => {
  let step = 0;
  for (let ended: number | string | null = 'SIGKILL'; ended !== 0;) {
    const folder = tempFolder();
    writer.prepare(folder);
    step += 1;
    ended = await runUntil(step, programs.get(name)!, folder);
    expect(['SIGKILL', 0], `step ${step}`).toContain(ended);
    const expected = ended === 0 ? [writer.next] : [writer.old, writer.next];
    expect(expected, `step ${step}`).toContainEqual(writer.state(folder));
    writer.again(folder);
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const strange = left.filter(
      (file) => !writer.left.some((one) => (typeof one === 'string' ? one === file : one.test(file))),
    );
    expect(strange, `step ${step}`).toEqual([]);
    expect(left.length, `step ${step}`).toBeLessThanOrEqual(writer.left.length);
  }
  // The one more is the one that came to its end.
  expect(step).toBeGreaterThan(4);
});

// Promise: what `npm pack` gives installs and runs in an empty folder, and holds nothing else.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { run } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { npm } from '../helpers/versions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let folder: string;
let packed: Packed;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zdm-package-'));
  // Without `prepack`: other tests use dist at this moment.
  const [first] = JSON.parse(
    await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT),
  ) as Packed[];
  packed = first!;
  mkdirSync(path.join(folder, 'empty'));
  const tarball = path.join(folder, packed.filename);
  await npm(['install', tarball, '--offline', '--no-audit', '--no-fund'], path.join(folder, 'empty'));
}, 110_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installed = (...parts: string[]): string => path.join(folder, 'empty', 'node_modules', ...parts);

describe('the package', () => {
  test('is packed from a build of the present sources', () => {
    const built = statSync(path.join(ROOT, 'dist', 'cli.cjs')).mtimeMs;
    const sources = ['cli', 'daemon', 'ui'].flatMap((name) =>
      readdirSync(path.join(ROOT, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name)),
    );
    const newer = sources.filter((file) => statSync(file).mtimeMs > built);
    expect(newer, 'Build first: npm run build').toEqual([]);
  });

  test('holds the built files, the types, and what is to be read: nothing else', () => {
    const files = packed.files.map((file) => file.path);
    const types = files.filter((file) => /^dist\/types\/.+\.d\.ts$/.test(file));
    expect(types).toContain('dist/types/cli/library.d.ts');
    expect(types).toContain('dist/types/commonjs/cli/in-app/main.d.ts');
    expect(types).toContain('dist/types/commonjs/daemon/graceful/main.d.ts');
    expect(files.filter((file) => !types.includes(file) && file !== 'CHANGELOG.md').toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist/THIRD-PARTY-NOTICES.txt',
      'dist/cli.cjs',
      'dist/commands.cjs',
      'dist/dash.cjs',
      'dist/foreground.cjs',
      'dist/graceful.cjs',
      'dist/in-app.cjs',
      'dist/library.mjs',
      'dist/master.mjs',
      'dist/preload.cjs',
      'dist/types/commonjs/package.json',
      'dist/upgrade.mjs',
      'dist/zdmd.mjs',
      'package.json',
    ]);
    expect(packed.files.find((file) => file.path === 'dist/cli.cjs')!.mode & 0o111).toBe(0o111);
    console.log(`${packed.filename}: ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked`);
    expect(packed.size).toBeLessThan(1024 * 1024);
  });

  test('brings no dependencies', () => {
    expect(readdirSync(installed()).filter((name) => !name.startsWith('.'))).toEqual(['zdm']);
    const manifest = JSON.parse(readFileSync(installed('zdm', 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest['dependencies'] ?? {}).toEqual({});
  });
});

describe('installed', () => {
  test('npx zdm runs it, and an app is started, reloaded and stopped by it', async () => {
    expect(await npm(['exec', '--offline', '--', 'zdm', '--version'], path.join(folder, 'empty'))).toBe(`${version}\n`);

    const box = sandbox(undefined, { cli: installed('zdm', 'dist', 'cli.cjs') });
    const script = box.copyFixture('http.js', 'api');
    const port = await freePort();
    box.setVersion(script, 1);
    await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
    expect((await askFixture(port)).version).toBe(1);
    box.setVersion(script, 2);
    expect(await box.ok(['reload', 'api'])).toMatch(/api: reloaded 2\/2 in .* 0 (?:connections )?cut/);
    expect((await askFixture(port)).version).toBe(2);
    await box.ok(['stop', 'api']);
    expect((await box.app('api')).state).toBe('stopped');
  });

  test("import('zdm') is a client of the running daemon", async () => {
    const box = sandbox(undefined, { cli: installed('zdm', 'dist', 'cli.cjs') });
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const program = path.join(folder, 'empty', 'program.mjs');
    cpSync(
      box.writeFile(
        'program.mjs',
        `import { connect, defineConfig, ZdmError } from 'zdm';
         const client = await connect();
         const apps = await client.call('list', {});
         client.close();
         const none = await connect({ ZDM_HOME: process.argv[2] }).catch((error) => error);
         console.log(apps.map(({ name, state }) => name + ' ' + state).join(), none instanceof ZdmError, none.code);`,
      ),
      program,
    );
    const { stdout, text } = await run(program, [path.join(box.work, 'none')], { env: box.env });
    expect(stdout, text).toBe('job online true NO_DAEMON\n');
  });

  test('zdm/master and zdm/graceful are there for require() and import', async () => {
    const program = path.join(folder, 'empty', 'both.mjs');
    const source = `import { init } from 'zdm/master';
      import { graceful } from 'zdm/graceful';
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      console.log(require('zdm/master').init === init, require('zdm/graceful').graceful === graceful);
      console.log(init(() => 'called'));`;
    cpSync(sandbox().writeFile('both.mjs', source), program);
    const { stdout, text } = await run(program, [], { env: { PATH: process.env['PATH'] } });
    expect(stdout, text).toBe('true true\ncalled\n');
  });

  test('every entry has its types', () => {
    const { exports } = JSON.parse(readFileSync(installed('zdm', 'package.json'), 'utf8')) as {
      exports: Record<string, string | { types: string }>;
    };
    const types = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.types]));
    expect(types).toHaveLength(3);
    expect(types.filter((file) => !existsSync(installed('zdm', file)))).toEqual([]);
  });
});

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} kB`;
}

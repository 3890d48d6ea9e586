// Promise: nobody pays for what they do not use. The dashboard is loaded by `zdm dash` alone, an app loads next to nothing.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { openTerminal } from '../helpers/pty.ts';
import { sandbox } from '../helpers/sandbox.ts';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const textOf = (file: string): string => readFileSync(path.join(DIST, file), 'utf8');

/** Texts that react and ink cannot do without, in whatever form they are bundled. */
const MARKS = ['react.transitional.element', 'ink-text', 'YogaLayout'];

describe('ink and react', () => {
  test.each(['cli.cjs', 'commands.cjs', 'zdmd.mjs', 'master.mjs', 'upgrade.mjs', 'preload.cjs', 'library.mjs'])(
    'are not in %s',
    (file) => {
      const text = textOf(file);
      expect(MARKS.filter((mark) => text.includes(mark))).toEqual([]);
      expect(text).not.toContain('ink/build');
      // Nor are they asked for at run time.
      expect(text).not.toMatch(/(?:from|require\(|import\()\s*["'](?:ink|react)\b/);
    },
  );

  test('are in dash.cjs, where these marks find them', () => {
    const text = textOf('dash.cjs');
    for (const mark of ['react.transitional.element', 'ink-text']) expect(text).toContain(mark);
  });

  test('no other command misses them: all work where the file of the dashboard is not there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'zdm-dist-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(DIST, folder, { recursive: true });
    rmSync(path.join(folder, 'dash.cjs'));
    const box = sandbox(undefined, { cli: path.join(folder, 'cli.cjs') });
    const script = box.copyFixture('http.js', 'api');
    const env = { PORT: String(await freePort()) };
    await box.ok(['start', script, '--name', 'api', '-i', '2'], { env });
    for (const words of [
      '--version',
      '--help',
      'ping',
      'list',
      'jlist',
      'describe api',
      'logs api --lines 3 --no-follow',
      'reload api',
      'restart api',
      'scale api 1',
      'stop api',
      'delete api',
      'dash',
      'kill',
    ]) {
      await box.ok(words.split(' '));
    }

    const terminal = openTerminal(process.execPath, [box.cli, 'dash'], { cwd: box.work, env: box.env });
    expect(await terminal.exited(30_000)).toMatchObject({ code: 1 });
    expect(terminal.text()).toContain('dash.cjs');
  });
});

describe('what is loaded into every app', () => {
  test('is code of zdm only, and asks for modules of node only', () => {
    const text = textOf('preload.cjs');
    // The bundler names the source of each part in a comment.
    const parts = [...text.matchAll(/^\/\/ (\S+\.\w+)$/gm)].map(([, source]) => source!);
    expect(parts).toContain('daemon/worker/preload.ts');
    expect(parts.filter((source) => !source.startsWith('daemon/'))).toEqual([]);
    expect(textOf('zdmd.mjs')).toMatch(/^\/\/ .*node_modules\/zod\//m);

    const asked = [...text.matchAll(/(?:require|import)\(["']([^"']+)["']\)/g)].map(([, name]) => name!);
    expect(asked.length).toBeGreaterThan(2);
    const foreign = asked.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')));
    expect(foreign).toEqual([]);
  });
});

describe('compiled code', () => {
  test('is kept in the home by the first command; without it, or with one that cannot be used, commands work the same', async () => {
    const box = sandbox();
    const script = box.copyFixture('http.js', 'api');
    const env = { PORT: String(await freePort()) };
    writeFileSync(
      path.join(box.work, 'zdm.config.mjs'),
      `export default { apps: [{ name: 'api', script: ${JSON.stringify(script)} }] };`,
    );
    // Reading an .mjs file takes import(), which kept code cannot do by itself.
    await box.ok(['start', 'zdm.config.mjs'], { env });
    const cache = path.join(box.home, 'cache');
    const [kept] = readdirSync(cache);
    expect(kept).toContain(process.version);
    const file = path.join(cache, kept!);
    const written = statSync(file);
    await box.ok(['start', 'zdm.config.mjs'], { env });
    expect(statSync(file).mtimeMs).toBe(written.mtimeMs);

    truncateSync(file, 1_000);
    expect(await box.ok(['ping'])).toContain('1 app');
    expect(statSync(file).size).toBeGreaterThan(10_000);

    rmSync(cache, { recursive: true });
    writeFileSync(cache, 'not a folder');
    expect(await box.ok(['ping'])).toContain('1 app');
  });
});

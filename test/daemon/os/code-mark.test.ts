import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { codeMark } from '../../../daemon/os/code-mark.ts';
import { PLAIN_ENVIRONMENT } from '../program.ts';
import { tempFolder } from '../temp-folder.ts';

/** Long ago, so that a change is another time whatever the file system's clock does. */
const BEFORE = new Date('2026-01-01T12:00:00Z');

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, BEFORE, BEFORE);
}

/** A package with its script two folders further down. */
function packageFolder(): { folder: string; script: string; pack: string } {
  const folder = tempFolder();
  const [script, pack] = [`${folder}/dist/server/app.js`, `${folder}/package.json`];
  write(script, 'one');
  write(pack, '{}');
  return { folder, script, pack };
}

describe('code is what it was', () => {
  test('as long as nobody touches it', () => {
    const { folder, script } = packageFolder();
    const mark = codeMark(script);
    expect(mark).not.toBe('');
    write(`${folder}/README.md`, 'new');
    write(`${folder}/dist/server/other.js`, 'new');
    expect(codeMark(script)).toBe(mark);
  });

  test('and not when the link to it is moved to other code', () => {
    const folder = tempFolder();
    for (const release of ['1', '2']) write(`${folder}/releases/${release}/app.js`, release);
    symlinkSync('releases/1', `${folder}/current`);
    const [resolved, behindLink] = [`${folder}/releases/1/app.js`, `${folder}/current/app.js`];
    const mark = codeMark(resolved);
    expect(codeMark(behindLink)).toBe(mark);
    rmSync(`${folder}/current`);
    symlinkSync('releases/2', `${folder}/current`);
    expect(codeMark(resolved)).toBe(mark);
    expect(codeMark(behindLink)).not.toBe(mark);
  });
});

describe('it is other code when', () => {
  test.each<[string, (at: ReturnType<typeof packageFolder>) => void]>([
    ['the script was written over, with as many bytes', ({ script }) => writeFileSync(script, 'two')],
    ['the script has another length, and its old time', ({ script }) => write(script, 'another')],
    [
      'another file took its name, with the same bytes and time',
      ({ script }) => {
        write(`${script}.new`, 'one');
        renameSync(`${script}.new`, script);
      },
    ],
    // Nobody can tell what else a tool has done that touches files.
    ['the script was only touched', ({ script }) => utimesSync(script, new Date(), new Date())],
    ['the package.json above changed', ({ pack }) => write(pack, '{"version":"2"}')],
    ['the package.json above is gone', ({ pack }) => rmSync(pack)],
    ['a nearer package.json came', ({ folder }) => write(`${folder}/dist/package.json`, '{}')],
  ])('%s', (_, change) => {
    const at = packageFolder();
    const mark = codeMark(at.script);
    change(at);
    expect(codeMark(at.script)).not.toBe('');
    expect(codeMark(at.script)).not.toBe(mark);
  });
});

test('a package.json that is further away than a nearer one does not count', () => {
  const { folder, script, pack } = packageFolder();
  write(`${folder}/dist/package.json`, '{"type":"module"}');
  const mark = codeMark(script);
  write(pack, '{"version":"2"}');
  expect(codeMark(script)).toBe(mark);
});

test('code that is gone has no mark', () => {
  const { script } = packageFolder();
  rmSync(script);
  expect(codeMark(script)).toBe('');
});

describe('in a repository', () => {
  let folder: string;
  let script: string;
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=me', '-c', 'user.email=me@example.org', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...PLAIN_ENVIRONMENT, GIT_CONFIG_NOSYSTEM: '1', HOME: folder },
    });
  /** Nothing in the folder of the script changes by it. */
  const commit = (): string => git('commit', '--quiet', '--allow-empty', '-m', 'a commit');

  beforeEach(() => {
    folder = tempFolder();
    script = `${folder}/src/app.js`;
    git('init', '--quiet', '--initial-branch', 'main');
    write(script, 'one');
    git('add', '.');
    commit();
  });

  test('it is other code after a commit on the branch', () => {
    const mark = codeMark(script);
    expect(mark).toContain(git('rev-parse', 'HEAD').trim());
    commit();
    expect(codeMark(script)).not.toBe(mark);
  });

  test('and when another branch is checked out', () => {
    const mark = codeMark(script);
    git('checkout', '--quiet', '-b', 'other');
    expect(codeMark(script)).not.toBe(mark);
  });

  test('and when another commit is, without a branch', () => {
    commit();
    git('checkout', '--quiet', '--detach', 'HEAD');
    const mark = codeMark(script);
    git('checkout', '--quiet', '--detach', 'HEAD~1');
    expect(codeMark(script)).not.toBe(mark);
  });

  test('packing its branches changes nothing, and a commit after that does', () => {
    const mark = codeMark(script);
    git('pack-refs', '--all');
    expect(() => readFileSync(`${folder}/.git/refs/heads/main`)).toThrow('ENOENT');
    expect(codeMark(script)).toBe(mark);
    commit();
    expect(codeMark(script)).not.toBe(mark);
  });

  test('a branch without a commit has none', () => {
    git('checkout', '--quiet', '--orphan', 'empty');
    expect(codeMark(script)).toMatch(/refs\/heads\/empty *$/);
  });

  test.each([['loose'], ['packed']])('the same holds in a linked worktree, whose branches are %s', (refs) => {
    const linked = `${tempFolder()}/linked`;
    git('worktree', 'add', '--quiet', '-b', 'linked', linked);
    if (refs === 'packed') git('pack-refs', '--all');
    expect(readFileSync(`${linked}/.git`, 'utf8')).toMatch(/^gitdir: /);
    const there = `${linked}/src/app.js`;
    const mark = codeMark(there);
    expect(mark).toContain(git('rev-parse', 'linked').trim());
    commit();
    expect(codeMark(there)).toBe(mark);
    git('-C', linked, 'commit', '--quiet', '--allow-empty', '-m', 'there');
    expect(codeMark(there)).not.toBe(mark);
    git('-C', linked, 'checkout', '--quiet', '--detach', 'HEAD~1');
    expect(codeMark(there)).not.toBe(mark);
  });
});

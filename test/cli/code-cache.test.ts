import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { codeCache } from '../../cli/code-cache.ts';

function home(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'zdm-code-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('gives back what was written for the same source, and nothing for another', () => {
  const cache = path.join(home(), 'cache');
  expect(codeCache({ cache }, 'commands', 'a').read()).toBeUndefined();
  codeCache({ cache }, 'commands', 'a').write(Buffer.from('code of a'));
  expect(String(codeCache({ cache }, 'commands', 'a').read())).toBe('code of a');
  expect(codeCache({ cache }, 'commands', 'b').read()).toBeUndefined();
});

test('is private, and keeps of each file only the code of the latest source', () => {
  const cache = path.join(home(), 'cache');
  codeCache({ cache }, 'dash', 'a').write(Buffer.from('a'));
  codeCache({ cache }, 'commands', 'a').write(Buffer.from('a'));
  codeCache({ cache }, 'commands', 'b').write(Buffer.from('b'));
  const names = readdirSync(cache);
  expect(names.toSorted()).toEqual([`commands-b-${process.version}`, `dash-a-${process.version}`]);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  expect(statSync(path.join(cache, names[0]!)).mode & 0o777).toBe(0o600);
});

test('where there is no home it makes none, and says nothing', () => {
  const missing = path.join(home(), 'none');
  codeCache({ cache: path.join(missing, 'cache') }, 'commands', 'a').write(Buffer.from('a'));
  expect(existsSync(missing)).toBe(false);
});

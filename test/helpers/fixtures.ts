// Fixture apps in the folder of a sandbox: copies, so that a test can give each its own version.
import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Fixtures {
  /** Copies `test/fixtures/apps/<name>` (and what the apps share) to a folder of its own; the path of the script. */
  copyFixture(name: string, folder?: string): string;
  /** A release as people deploy it: the fixture in `releases/<number>` with this version.txt, and the link `current` to it; its real path. */
  deployRelease(name: string, number: number, text: string | number): string;
  /** Writes a program of the test's own, as CommonJS (`.js`) unless the name says otherwise; its path. */
  writeApp(source: string, name?: string): string;
  /** Writes any file below the work folder; its path. */
  writeFile(name: string, text: string): string;
  /** Makes the next boot of this fixture app "new code": writes the version.txt that it reads. */
  setVersion(script: string, text: string | number): void;
}

const APPS = fileURLToPath(new URL('../fixtures/apps', import.meta.url));
const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Fixture handling below `work`, which is made. Apps find express, fastify, koa and ws through a link. */
export function makeFixtures(work: string): Fixtures {
  mkdirSync(work, { recursive: true });
  symlinkSync(NODE_MODULES, path.join(work, 'node_modules'));
  const writeFile = (name: string, text: string): string => {
    const file = path.join(work, name);
    mkdirSync(path.dirname(file), { recursive: true });
    // In one step: an app that boots at this moment must not read half of it.
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    return file;
  };
  const copyFixture = (name: string, folder = path.parse(name).name): string => {
    if (!existsSync(path.join(APPS, name))) throw new Error(`No fixture app '${name}'`);
    const target = path.join(work, folder);
    cpSync(path.join(APPS, 'shared'), path.join(target, 'shared'), { recursive: true });
    cpSync(path.join(APPS, name), path.join(target, name));
    return path.join(target, name);
  };
  const setVersion = (script: string, text: string | number): void =>
    void writeFile(path.join(path.relative(work, path.dirname(script)), 'version.txt'), `${text}\n`);
  return {
    copyFixture,
    deployRelease(name, number, text) {
      const script = copyFixture(name, `releases/${number}`);
      setVersion(script, text);
      const link = path.join(work, 'current');
      // In one step here, too: there is always a release.
      symlinkSync(`releases/${number}`, `${link}.new`);
      renameSync(`${link}.new`, link);
      return script;
    },
    writeApp: (source, name = 'app.js') => writeFile(name, source),
    writeFile,
    setVersion,
  };
}

// A program of a user that has zdm as a dependency.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Installed {
  /** The folder of the program. */
  readonly folder: string;
  /** The command. */
  readonly cli: string;
  /** Another version is installed over it. */
  changeVersion(version: string): void;
}

/** Programs in this folder find this build of zdm as the package `zdm`. */
export function linkZdm(folder: string): void {
  mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, path.join(folder, 'node_modules', 'zdm'));
}

/** The same with a copy, which can be changed; `folder` is made. */
export function installZdm(folder: string): Installed {
  const home = path.join(folder, 'node_modules', 'zdm');
  const manifest = path.join(home, 'package.json');
  cpSync(path.join(ROOT, 'package.json'), manifest);
  const dist = path.join(home, 'dist');
  cpSync(path.join(ROOT, 'dist'), dist, { recursive: true, filter: (file) => !file.endsWith('types') });
  return {
    folder,
    cli: path.join(dist, 'cli.cjs'),
    changeVersion(version) {
      const content = JSON.parse(readFileSync(manifest, 'utf8')) as object;
      writeFileSync(manifest, JSON.stringify({ ...content, version }));
    },
  };
}

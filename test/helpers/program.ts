// A program of a user that has zdm as a dependency.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Installed {
  /** The folder of the program. */
  readonly folder: string;
  /** Another version is installed over it. */
  changeVersion(version: string): void;
}

/** Programs in this folder find this build of zdm as the package `zdm`. */
export function linkZdm(folder: string): void {
  mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, path.join(folder, 'node_modules', 'zdm'));
}

/** The same with a copy, which can be changed: installs what a master needs below `folder`, which is made. */
export function installZdm(folder: string): Installed {
  const home = path.join(folder, 'node_modules', 'zdm');
  mkdirSync(home, { recursive: true });
  const manifest = path.join(home, 'package.json');
  cpSync(path.join(ROOT, 'package.json'), manifest);
  for (const file of ['in-app.cjs', 'foreground.cjs', 'preload.cjs'])
    cpSync(path.join(ROOT, 'dist', file), path.join(home, 'dist', file));
  return {
    folder,
    changeVersion(version) {
      const content = JSON.parse(readFileSync(manifest, 'utf8')) as object;
      writeFileSync(manifest, JSON.stringify({ ...content, version }));
    },
  };
}

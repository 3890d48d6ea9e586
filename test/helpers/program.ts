// A program of a user that has zdm as a dependency: what `npm install zdm` puts there, in a folder of the test.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Installed {
  /** The folder of the program. */
  readonly folder: string;
  /** Another version is installed over it. */
  changeVersion(version: string): void;
}

/** Installs the built package below `folder`, which is made. */
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

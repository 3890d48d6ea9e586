import { existsSync } from 'node:fs';
import path from 'node:path';

const ENDINGS = ['js', 'cjs', 'mjs', 'json'];
const NAMES = ['zdm.config', 'ecosystem.config'].flatMap((name) => ENDINGS.map((ending) => `${name}.${ending}`));

/**
 * Is this argument a config file, by its name? Kinds that cannot be read yet (YAML, TypeScript) count too: loading them
 * says so, which is better than running them as a script.
 */
export function isConfigFile(file: string): boolean {
  return /(\.config\.[cm]?[jt]s|\.json|\.ya?ml)$/i.test(path.basename(file));
}

/** The config file of a folder, ours before PM2's; undefined when there is none. */
export function findConfig(folder: string): string | undefined {
  return NAMES.map((name) => path.join(folder, name)).find((file) => existsSync(file));
}

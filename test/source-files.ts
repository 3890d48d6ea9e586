// Reads the sources: which files there are, and which imports which.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `import type {…} from '…'`, `import … from '…'`, `import '…'`, and the same with `export`. */
const STATEMENT = /^(?:import|export)\s+(type\s)?(?:([^'";]*?)\sfrom\s+)?'([^']+)'/gm;

export interface Import {
  readonly from: string;
  /** A file of ours (path from the root), or the specifier of a package or of a module of node. */
  readonly target: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** Every source file, as its path from the root. */
export const files = ['cli', 'daemon', 'ui'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/')),
);
export const texts = new Map(files.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));
export const imports = files.flatMap((file) => importsOf(file, codeOf(file)));

/** The source without comments, so that words in them are no code. */
export function codeOf(file: string): string {
  return texts.get(file)!.replaceAll(/^\s*\/\/.*$|\/\*\*?[\s\S]*?\*\//gm, '');
}

/** The imports of `code`, which is the file `from` without its comments. */
export function importsOf(from: string, code: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, dynamic: boolean): void => {
    const ours = specifier.startsWith('.');
    const target = ours ? path.posix.join(path.posix.dirname(from), specifier) : specifier;
    found.push({ from, target, ours, typeOnly, dynamic });
  };
  for (const [, type, names, specifier] of code.matchAll(STATEMENT)) {
    const each = names?.match(/[^\s,{}][^,{}]*/g) ?? [];
    add(specifier!, type !== undefined || (each.length > 0 && each.every((name) => /^type\s/.test(name))), false);
  }
  for (const [, specifier] of code.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) add(specifier!, false, true);
  return found;
}

/** The code with empty strings. */
export function withoutTexts(code: string): string {
  return code.replaceAll(/'[^'\n]*'|"[^"\n]*"|`[^`$]*`/g, "''");
}

/** Whether the file is this one, or in this folder. */
export function isWithin(target: string, folder: string): boolean {
  return target === folder || target.startsWith(`${folder}/`);
}

/** `importer -> imported` of each import that fits, for messages that say what to look at. */
export function offenders(fits: (one: Import) => boolean): string[] {
  return imports.filter(fits).map(({ from, target }) => `${from} -> ${target}`);
}

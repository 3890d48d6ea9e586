import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ZdmError, messageOf } from '../../daemon/protocol/errors.ts';
import { importModule } from '../import-module.ts';
import { chooseApps, chooseEnv } from './choose.ts';
import type { AppFields } from './fields.ts';
import { didYouMean } from '../../daemon/protocol/nearest.ts';
import { readContent } from './shape.ts';
import { badJson, badScript } from './unreadable.ts';

/** Which apps of a file are wanted, and with which `env_<name>`. */
export interface LoadOptions {
  readonly env?: string;
  readonly only?: readonly string[];
}

/** A config file that has been read. `dir` is what relative folders in it are relative to. */
export interface LoadedConfig {
  readonly path: string;
  readonly dir: string;
  readonly apps: readonly AppFields[];
  readonly warnings: readonly string[];
}

/** Reads a config file. Throws BAD_CONFIG with the place and the reason, or with every problem found in it. */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  const full = path.resolve(file);
  const dir = path.dirname(full);
  const { apps, problems, warnings } = readContent(await readExport(full));
  if (problems.length > 0) throw new ZdmError('BAD_CONFIG', problemText(full, problems));
  const chosen = chooseEnv(chooseApps(apps, options.only, dir, full), options.env, full);
  return { path: full, dir, apps: chosen, warnings: warnings.map((text) => `${path.basename(full)}: ${text}`) };
}

async function readExport(file: string): Promise<unknown> {
  if (!existsSync(file)) throw noSuchFile(file);
  const ending = path.extname(file).toLowerCase();
  if (ending === '.json') return parseJson(file);
  if (!['.js', '.cjs', '.mjs'].includes(ending)) {
    throw new ZdmError('BAD_CONFIG', `${file}: ${ending} files cannot be read yet.`, 'Use .js, .cjs, .mjs or .json.');
  }
  try {
    const exported = exportOf((await importModule(pathToFileURL(file).href)) as Record<string, unknown>);
    return typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  } catch (error) {
    throw badScript(file, error);
  }
}

function parseJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badJson(file, text, error);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new ZdmError('BAD_CONFIG', `${file} cannot be read: ${messageOf(error)}`, null, { cause: error });
  }
}

// `export default`, `export const apps`, `module.exports`, and what compilers make of the first two.
function exportOf(module: Record<string, unknown>): unknown {
  if (!('default' in module)) return 'apps' in module ? { apps: module['apps'] } : undefined;
  const exported = module['default'];
  const isCompiled = typeof exported === 'object' && exported !== null && '__esModule' in exported;
  if (!isCompiled) return exported;
  const { __esModule: _, ...compiled } = exported as Record<string, unknown>;
  return 'default' in compiled ? compiled['default'] : compiled;
}

function noSuchFile(file: string): ZdmError {
  const folder = path.dirname(file);
  const there = existsSync(folder) ? readdirSync(folder) : [];
  return new ZdmError('BAD_CONFIG', `No such config file: ${file}.${didYouMean(path.basename(file), there)}`);
}

function problemText(file: string, problems: readonly string[]): string {
  const name = path.basename(file);
  if (problems.length === 1) return `${name}: ${problems[0]}`;
  return [`${name} has ${problems.length} problems:`, ...problems.map((problem) => `  ${problem}`)].join('\n');
}

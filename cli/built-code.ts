// Runs a built file of ours, compiled by an earlier run if there was one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { homeOf, isSafe } from '../daemon/client/home.ts';
import { codeCache } from './code-cache.ts';

type Define = (module: { exports: unknown }, exports: unknown, require: NodeJS.Require, folder: string) => void;

/** The exports of `<name>.cjs` in `folder`; `digest` tells one build's compiled code from another's. */
export function loadBuilt(folder: string, name: string, digest: string): unknown {
  const layout = homeOf(process.env);
  const filename = join(folder, `${name}.cjs`);
  // What somebody else may have written there is not run.
  const cache = isSafe(layout) ? codeCache(layout, name, digest) : null;
  const cachedData = cache?.read();
  const source = `(function (module, exports, require, __dirname) {${readFileSync(filename, 'utf8')}\n})`;
  const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
  // At the end it holds what this run has compiled on its way, too.
  if (cachedData === undefined || script.cachedDataRejected)
    process.once('exit', () => cache?.write(script.createCachedData()));
  const module = { exports: {} };
  // This file's own `require`: built files lie beside each other.
  (script.runInThisContext() as Define)(module, module.exports, require, folder);
  return module.exports;
}

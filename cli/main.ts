// RUNS AS `zdm`: loads the commands (run.ts), compiled by an earlier run if there was one. Compiling is a third of what a
// command costs beside node itself: `zdm list` takes 1.8 times the CPU of `node -e 0` without this, 1.5 times with it (Node 20.20).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { homeOf, isSafe } from '../daemon/client/home.ts';
import { codeCache } from './code-cache.ts';
import type * as Commands from './run.ts';

/** Of the built commands; tells one build's compiled code from another's. */
declare const COMMANDS_DIGEST: string;

type Define = (module: { exports: typeof Commands }, require: NodeJS.Require, folder: string) => void;

function loadCommands(): typeof Commands {
  const layout = homeOf(process.env);
  const filename = join(__dirname, 'commands.cjs');
  // What somebody else may have written there is not run.
  const cache = isSafe(layout) ? codeCache(layout, COMMANDS_DIGEST) : null;
  const cachedData = cache?.read();
  const source = `(function (module, require, __dirname) {${readFileSync(filename, 'utf8')}\n})`;
  const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
  // At the end it holds what this run has compiled on its way, too.
  if (cachedData === undefined || script.cachedDataRejected)
    process.once('exit', () => cache?.write(script.createCachedData()));
  const module = { exports: {} as typeof Commands };
  // This file's own `require` and folder: the commands lie beside it.
  (script.runInThisContext() as Define)(module, require, __dirname);
  return module.exports;
}

loadCommands().run((url) => import(url));

import { readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import { nearest } from '../../daemon/protocol/nearest.ts';
import { findCommand, isBareWord, isFile, isFolder, type SearchContext } from './search-path.ts';

/** What there is to run. A command was found in PATH and is run as it is. */
export interface FoundScript {
  readonly file: string;
  readonly isCommand: boolean;
}

/** Finds the script of an app: a file, a folder with a main file, or a command. Throws NO_SUCH_SCRIPT. */
export function findScript(script: string, cwd: string, context: SearchContext): FoundScript {
  const file = path.resolve(cwd, script);
  if (isFile(file)) return { file, isCommand: false };
  const main = isFolder(file) ? mainOf(file) : undefined;
  if (main !== undefined) return { file: main, isCommand: false };
  const command = isBareWord(script) ? findCommand(script, context) : undefined;
  if (command !== undefined) return { file: command, isCommand: true };
  throw noSuchScript(script, file, cwd);
}

// What `node <folder>` would run; require.resolve applies package.json's main and index.js.
function mainOf(folder: string): string | undefined {
  try {
    const resolved = createRequire(path.join(folder, 'any.js')).resolve(folder);
    // It follows links, and a link such as `current` must stay what it is: put the folder as given in front again.
    const inside = path.relative(realpathSync(folder), resolved);
    const file = path.join(folder, inside);
    return isFile(file) ? file : resolved;
  } catch {
    return undefined;
  }
}

function noSuchScript(script: string, file: string, cwd: string): ZdmError {
  if (isFolder(file)) {
    return new ZdmError('NO_SUCH_SCRIPT', `${file} is a folder without a main file.`, 'Name the script in it.');
  }
  const folder = path.dirname(file);
  if (!isFolder(folder)) {
    return new ZdmError('NO_SUCH_SCRIPT', `No such script: ${file} (there is no folder ${folder}).`);
  }
  const guess = nearest(path.basename(file), readdirSync(folder));
  const hint = guess === undefined ? spacesHint(script) : `Did you mean "${path.join(path.dirname(script), guess)}"?`;
  const where = isBareWord(script) ? `"${script}" is neither a file in ${cwd} nor a command in PATH` : file;
  return new ZdmError('NO_SUCH_SCRIPT', `No such script: ${where}.`, hint);
}

function spacesHint(script: string): string | null {
  const [command = '', ...rest] = script.split(/\s+/);
  return rest.length === 0 ? null : `Arguments go elsewhere: zdm start ${command} -- ${rest.join(' ')}`;
}

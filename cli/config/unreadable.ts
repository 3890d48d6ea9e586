import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ZdmError, messageOf } from '../../daemon/protocol/errors.ts';
import { jsonErrorAt } from './json-position.ts';

interface Place {
  readonly line: number;
  readonly column: number | undefined;
}

/** The error for a config file of JSON that JSON.parse refused. */
export function badJson(file: string, text: string, error: unknown): ZdmError {
  const before = text.slice(0, jsonErrorAt(text)).split('\n');
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  const reason = messageOf(error)
    .replace(/( in JSON)? at position .*$/s, '')
    .replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, '');
  return unreadable(file, place, reason, error);
}

/** The error for a config file of JavaScript that could not be compiled, or threw. */
export function badScript(file: string, error: unknown): ZdmError {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const place = placeIn(file, stack) ?? (error instanceof SyntaxError ? compilePlace(file) : undefined);
  const [reason = ''] = messageOf(error).split('\n');
  return unreadable(file, place, reason, error);
}

function unreadable(file: string, place: Place | undefined, reason: string, cause: unknown): ZdmError {
  const where = [file, place?.line, place?.column].filter((part) => part !== undefined).join(':');
  return new ZdmError('BAD_CONFIG', `${where}: ${reason}`, null, { cause });
}

function placeIn(file: string, stack: string): Place | undefined {
  const real = realpathSync(file);
  return placeOf(pathToFileURL(real).href, stack) ?? placeOf(real, stack) ?? placeOf(file, stack);
}

// A stack names the file either in a frame (`at file:12:7`) or, for what does not compile, in its first line, with the
// source line and a caret below it.
function placeOf(name: string, stack: string): Place | undefined {
  const [, rest] = splitOnce(stack, `${name}:`);
  const match = /^(\d+)(?::(\d+))?(?:\r?\n.*\r?\n( *)\^)?/.exec(rest);
  if (match === null) return undefined;
  const [, line, column, indent] = match;
  const caret = indent === undefined ? undefined : indent.length + 1;
  return { line: Number(line), column: column === undefined ? caret : Number(column) };
}

// Node.js keeps the place of a syntax error in an ES module to itself, except when it prints it.
function compilePlace(file: string): Place | undefined {
  // Read from stdin: with a path, some versions pass over ES modules in `.js` files without looking.
  const check = spawnSync(process.execPath, ['--input-type=module', '--check', '-'], {
    input: readFileSync(file),
    encoding: 'utf8',
    timeout: 5_000,
  });
  return placeOf('[stdin]', check.stderr);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

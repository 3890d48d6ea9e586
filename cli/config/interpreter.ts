import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { ZdmError, type ErrorCode } from '../../daemon/protocol/errors.ts';
import type { ExecMode } from '../../daemon/protocol/model.ts';
import type { AppFields } from './fields.ts';
import type { FoundScript } from './script.ts';
import { findCommand, isBareWord, isProgram, type SearchContext } from './search-path.ts';

/** How a script is run. In cluster mode the interpreter is another Node.js than zdm's own; null for that. */
export interface Running {
  readonly execMode: ExecMode;
  readonly interpreter: string | null;
}

/** What deciding that depends on; `node` is the program this runs in. */
export interface RunContext extends SearchContext {
  readonly cwd: string;
  readonly node: string;
  readonly code: ErrorCode;
}

/** The oldest Node.js that zdm runs on. */
const OLDEST = 20;

const NODE = new Set(['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts']);
const BY_ENDING = new Map([
  ['.py', ['python3', 'python']],
  ['.sh', ['bash', 'sh']],
  ['.rb', ['ruby']],
  ['.php', ['php']],
  ['.pl', ['perl']],
]);

/** Cluster mode for scripts of this Node.js, fork mode with the right interpreter for anything else. */
export function chooseRunning(app: AppFields, found: FoundScript, context: RunContext): Running {
  const interpreter = app.interpreter === undefined ? usual(found, context) : given(app.interpreter, context);
  const isNode = interpreter === context.node;
  if (app.exec_mode === 'cluster' && !isNode) return otherNode(interpreter ?? found.file, context);
  if (interpreter === null && (app.node_args?.length ?? 0) > 0) {
    throw new ZdmError(
      context.code,
      `node_args are for an interpreter, and ${found.file} has none.`,
      'Use args instead.',
    );
  }
  return isNode && app.exec_mode !== 'fork'
    ? { execMode: 'cluster', interpreter: null }
    : { execMode: 'fork', interpreter };
}

/** In cluster mode the preload runs in the worker, too: on any Node.js that zdm itself runs on. */
function otherNode(program: string, context: RunContext): Running {
  const version = /^node(js)?(-?\d+)?$/.test(path.basename(program)) ? versionOf(program) : null;
  if (version === null)
    throw new ZdmError(context.code, `exec_mode "cluster" is for scripts that Node.js runs, not for ${program}.`);
  if (Number(/^v(\d+)/.exec(version)?.[1]) < OLDEST)
    throw new ZdmError(
      context.code,
      `exec_mode "cluster" needs Node.js ${OLDEST} or newer; ${program} is ${version}.`,
      'Use exec_mode "fork" with it.',
    );
  return { execMode: 'cluster', interpreter: program };
}

/** Null when it is not Node.js, or does not run. */
function versionOf(program: string): string | null {
  try {
    const text = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5_000,
    });
    return /^v\d+\./.test(text) ? text.trim() : null;
  } catch {
    return null;
  }
}

function given(interpreter: string, context: RunContext): string | null {
  if (interpreter === 'none') return null;
  if (interpreter === 'node') return context.node;
  const isWord = isBareWord(interpreter);
  const file = isWord ? findCommand(interpreter, context) : path.resolve(context.cwd, interpreter);
  if (file === undefined || !isProgram(file, context.platform)) {
    throw new ZdmError(
      context.code,
      `The interpreter ${interpreter} ${isWord ? 'is not in PATH' : 'is not a program'}.`,
    );
  }
  return realpathSync(file) === realpathSync(context.node) ? context.node : file;
}

function usual({ file, isCommand }: FoundScript, context: RunContext): string | null {
  const ending = path.extname(file).toLowerCase();
  if (isCommand) return null;
  if (NODE.has(ending) || (ending === '' && /^#!.*\bnode\b/.test(firstBytes(file)))) return context.node;
  const candidates = BY_ENDING.get(ending);
  if (candidates !== undefined) return firstFound(candidates, ending, context);
  if (isProgram(file, context.platform)) return null;
  const hint = `Make it executable (chmod +x ${file}), or say what runs it with interpreter.`;
  throw new ZdmError(
    'NO_SUCH_SCRIPT',
    `${file} is not a program, and nothing is known to run ${ending || 'it'}.`,
    hint,
  );
}

function firstFound(names: readonly string[], ending: string, context: RunContext): string {
  const found = names.map((name) => findCommand(name, context)).find((file) => file !== undefined);
  if (found !== undefined) return found;
  throw new ZdmError(context.code, `${ending} files are run by ${names.join(' or ')}, which is not in PATH.`);
}

function firstBytes(file: string): string {
  const buffer = Buffer.alloc(128);
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    return buffer.toString('latin1', 0, length).split('\n')[0] ?? '';
  } finally {
    closeSync(descriptor);
  }
}

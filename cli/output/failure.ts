import { ZdmError, messageOf } from '../../daemon/protocol/errors.ts';
import { cleanText } from './clean-text.ts';
import type { Style } from './style.ts';

/** What is printed when a command ends with an error: what happened, why, and the next step. */
export function errorLines(error: unknown, style: Style, debug = false): string[] {
  const [first = '', ...rest] = messageOf(error).split('\n').map(cleanText);
  const head = [`${style.paint('bad', 'zdm:')} ${first}`, ...rest];
  const stack = debug && error instanceof Error ? (error.stack ?? '').split('\n').map(cleanText) : [];
  if (error instanceof ZdmError) return [...head, ...(error.hint === null ? [] : [cleanText(error.hint)]), ...stack];
  const hint = 'This is a bug in zdm.';
  return [...head, debug ? hint : `${hint} To see where: ZDM_DEBUG=1`, ...stack];
}

/** The exit code for anything thrown. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ZdmError ? error.exitCode : 1;
}

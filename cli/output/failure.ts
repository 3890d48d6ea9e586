import { ZdmError, messageOf } from '../../daemon/protocol/errors.ts';
import { clean } from '../../ui/paint/text.ts';
import type { Theme } from '../../ui/paint/theme.ts';

/** What is printed when a command ends with an error: what happened, why, and the next step. */
export function errorLines(error: unknown, theme: Theme, debug = false): string[] {
  const [first = '', ...rest] = messageOf(error)
    .split('\n')
    .map((line) => clean(line));
  const head = [`${theme.paint('zdm:', 'bad')} ${first}`, ...rest];
  const stack = debug && error instanceof Error ? (error.stack ?? '').split('\n').map((line) => clean(line)) : [];
  if (error instanceof ZdmError) return [...head, ...(error.hint === null ? [] : [clean(error.hint)]), ...stack];
  const hint = 'This is a bug in zdm.';
  return [...head, debug ? hint : `${hint} To see where: ZDM_DEBUG=1`, ...stack];
}

/** The exit code for anything thrown. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ZdmError ? error.exitCode : 1;
}

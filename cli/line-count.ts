import { ZdmError } from '../daemon/protocol/errors.ts';

/** Of what was before, unless told otherwise. */
export const USUAL_LINES = 15;

/** The number that `--lines` gives; `command` is for the example in the error. */
export function lineCount(command: string, value: unknown): number {
  if (value === undefined) return USUAL_LINES;
  const text = typeof value === 'string' ? value : '';
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new ZdmError(
    'BAD_USAGE',
    `--lines: "${text}" is not a number of lines.`,
    `For example: zdm ${command} --lines 100`,
  );
}

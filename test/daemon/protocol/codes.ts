import { readFileSync } from 'node:fs';
import type { ErrorCode } from '../../../daemon/protocol/errors.ts';

const source = readFileSync(new URL('../../../daemon/protocol/errors.ts', import.meta.url), 'utf8');

/** Every code of the table, read from its source: types are gone at run time. */
export const CODES = [...source.matchAll(/^ {2}([A-Z_]+): \{/gm)].map(([, code]) => code as ErrorCode);

// PURE: how a line looks in the output of `zdm run`.
import type { Origin } from '../../daemon/foreground/console.ts';
import type { Format } from './options.ts';

export interface Dressing {
  /** The bytes for a line that a worker printed, with their end. */
  worker(origin: Origin, line: Buffer): Buffer;
  /** A line of zdm itself, about what happened at `at` (ms). */
  own(at: number, text: string): string;
}

/** zdm's own lines stand among those of the apps under this name. */
const OURS = 'zdm';
const NEWLINE = Buffer.from('\n');

/** `names`: of all apps, so that their lines stand in one column. Called once by runForeground. */
export function dressing(format: Format, names: readonly string[], now: () => number = Date.now): Dressing {
  const width = Math.max(OURS.length, ...names.map((name) => `${name} 0`.length));
  const prefix = (name: string): string => `${name.padEnd(width)} | `;
  const withEnd = (line: Buffer, before = ''): Buffer => Buffer.concat([Buffer.from(before), line, NEWLINE]);
  switch (format) {
    case 'raw':
      return { worker: (_, line) => withEnd(line), own: (_, text) => `${OURS}: ${text}\n` };
    case 'prefixed':
      return {
        worker: ({ app, slot }, line) => withEnd(line, prefix(`${app} ${slot}`)),
        own: (_, text) => `${prefix(OURS)}${text}\n`,
      };
    case 'json':
      return {
        worker: ({ app, slot, stream }, line) =>
          Buffer.from(jsonLine({ at: now(), app, slot, stream, text: line.toString() })),
        own: (at, text) => jsonLine({ at, app: null, slot: null, stream: OURS, text }),
      };
  }
}

interface JsonLine {
  readonly at: number;
  readonly app: string | null;
  readonly slot: number | null;
  readonly stream: string;
  readonly text: string;
}

function jsonLine({ at, ...rest }: JsonLine): string {
  return `${JSON.stringify({ at: new Date(at).toISOString(), ...rest })}\n`;
}

// Setting the service up and taking it down, step by step; each step is said when it is done.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, ZdmError } from '../../daemon/protocol/errors.ts';
import { shellWord } from '../shell-word.ts';
import { readPlist } from './launchd-plist.ts';
import { type Place, stepsFor, type Words } from './place.ts';
import { MARK } from './service.ts';
import { readUnit } from './systemd-unit.ts';

export interface World {
  readonly uid: number;
  /** Runs it to its end. */
  run(words: Words): Promise<{ readonly code: number; readonly text: string }>;
  print(lines: readonly string[]): void;
}

/** What stands in a file of ours. */
export interface Written {
  readonly home: string;
  /** Node, and zdmd. */
  readonly programs: readonly string[];
}

/** What is written there; null when there is no file. Throws when somebody else wrote it. */
export function readWritten({ file, manager }: Place): Written | null {
  const text = textOf(file);
  if (text === null) return null;
  if (!text.includes(MARK))
    throw new ZdmError(
      'STARTUP_FAILED',
      `${file} is there, and zdm did not write it.`,
      'Look at it. If nobody needs it, move it away and try again.',
    );
  return manager === 'systemd' ? readUnit(text) : readPlist(text);
}

/** Writes the file, enables and starts it: a daemon that runs gives way to it, its apps go on. Does no harm a second time. */
export async function setUp(place: Place, text: string, home: string, world: World): Promise<void> {
  const written = readWritten(place);
  if (written && written.home !== home)
    throw new ZdmError(
      'STARTUP_FAILED',
      `${place.file} is for another home: ${written.home}.`,
      `To give it up: ZDM_HOME=${shellWord(written.home)} zdm unstartup`,
    );
  const { enable, isActive, start } = stepsFor(place, world.uid);
  world.print([writeAnew(place.file, text) ? `Wrote ${place.file}` : `${place.file} is up to date`]);
  for (const words of enable) await must(words, world);
  if ((await world.run(isActive)).code !== 0) await must(start, world);
  world.print(['Apps that should run are started at every boot; stopped ones stay stopped. To undo: zdm unstartup']);
}

/** Removes it. What runs goes on. */
export async function takeDown(place: Place, world: World): Promise<void> {
  if (readWritten(place) === null) return world.print([`There is nothing to remove: no ${place.file}`]);
  const { disable, forget } = stepsFor(place, world.uid);
  for (const words of disable) await must(words, world);
  rmSync(place.file);
  world.print([`Removed ${place.file}`]);
  for (const words of forget) await must(words, world);
  world.print(['What runs goes on. From the next boot on nothing starts by itself.']);
}

async function must(words: Words, { run, print }: World): Promise<void> {
  const line = words.join(' ');
  const { code, text } = await run(words);
  if (code === 0) return print([`Ran ${line}`]);
  const said = text.trim().split('\n')[0] ?? '';
  const why = said === '' ? `exit code ${code}` : said;
  const isLinger = words[0] === 'loginctl';
  throw new ZdmError(
    'STARTUP_FAILED',
    `"${line}" failed: ${why}`,
    isLinger
      ? `Without it apps start at the first login only. As root: sudo ${line}`
      : 'Mend that, then do the same again.',
  );
}

/** False when exactly this was there. */
function writeAnew(file: string, text: string): boolean {
  if (textOf(file) === text) return false;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o644 });
    return true;
  } catch (cause) {
    throw new ZdmError('STARTUP_FAILED', `${file} cannot be written: ${messageOf(cause)}`, null, { cause });
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

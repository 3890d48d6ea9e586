// zdm's home folder: everything in it can start programs as its owner, so nobody else may be able to write there.
import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ZdmError } from '../protocol/errors.ts';
import { layoutOf, type Layout } from '../protocol/layout.ts';

/**
 * Where sockets go when the home is too deep for them. Not $TMPDIR or $XDG_RUNTIME_DIR: those differ between a login and a
 * cron job of the same user, which would then not find each other and start a second daemon; and a logout deletes the latter.
 */
const SHORT_FOLDER = '/tmp';

/** The layout that the environment names: `$ZDM_HOME`, else `~/.zdm`. Nothing is created. */
export function findHome(env: NodeJS.ProcessEnv): Layout {
  const home = resolve(env['ZDM_HOME'] || join(userFolder(), '.zdm'));
  return layoutOf(home, SHORT_FOLDER);
}

/** A user without a name, as in some containers, has none: node throws. `zdm run` needs none, the others say what is missing. */
function userFolder(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** Creates what is missing, private to this user; throws UNSAFE_HOME when a folder is somebody else's or open to others. */
export function prepareHome(layout: Layout): void {
  for (const folder of new Set([layout.home, layout.runtime])) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new ZdmError(
        'UNSAFE_HOME',
        `Cannot create ${folder}: ${(cause as Error).message}`,
        'Name another folder in ZDM_HOME.',
        { cause },
      );
    }
    checkFolder(folder, folder === layout.home);
  }
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  mkdirSync(layout.run, { recursive: true, mode: 0o700 });
  checkFolder(layout.run, false);
}

/** Throws UNSAFE_HOME as prepareHome does; what is missing is fine. A socket in an unsafe folder may be anybody's. */
export function checkHome(layout: Layout): void {
  for (const folder of new Set([layout.home, layout.runtime, layout.run])) checkFolder(folder, folder === layout.home);
}

/** The home may be a link that its owner made; a folder in /tmp may not, anybody could have put it there. */
function checkFolder(folder: string, mayBeLink: boolean): void {
  const stat = statOf(folder, mayBeLink);
  if (!stat) return;
  const user = process.getuid?.();
  if (!stat.isDirectory())
    throw new ZdmError('UNSAFE_HOME', `${folder} is not a folder.`, 'Name another folder in ZDM_HOME.');
  if (user !== undefined && stat.uid !== user) {
    throw new ZdmError(
      'UNSAFE_HOME',
      `${folder} belongs to another user (uid ${stat.uid}).`,
      'Name a folder of your own in ZDM_HOME.',
    );
  }
  if ((stat.mode & 0o022) !== 0) {
    throw new ZdmError('UNSAFE_HOME', `${folder} can be written by others.`, `Close it: chmod 700 ${folder}`);
  }
}

function statOf(folder: string, mayBeLink: boolean): Stats | undefined {
  try {
    return (mayBeLink ? statSync : lstatSync)(folder, { throwIfNoEntry: false });
  } catch (cause) {
    throw new ZdmError(
      'UNSAFE_HOME',
      `Cannot reach ${folder}: ${(cause as Error).message}`,
      'Name another folder in ZDM_HOME.',
      { cause },
    );
  }
}

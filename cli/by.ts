import { userInfo } from 'node:os';

/** More than this of a command line says nothing more; the daemon takes no more either. */
const LONGEST = 200;

/** Who asks, and how, for the record: `deploy (zdm abort api)`. Without flags, which may hold secrets. */
export function byline(
  command: string,
  targets: readonly string[],
  user: () => { username: string } = userInfo,
): string {
  const text = `${userName(user)} (${['zdm', command, ...targets].join(' ')})`;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 2)}…)` : text;
}

// A user that exists only as a number, in a container for example, has no name: then this throws.
function userName(user: () => { username: string }): string {
  try {
    return user().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

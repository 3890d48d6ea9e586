// Where the daemon of an environment lives; apart from connecting, so that knowing it costs next to nothing.
import { checkHome, findHome } from '../os/home.ts';
import { filesAside } from '../os/set-aside.ts';
import type { Layout } from '../protocol/layout.ts';

/** The layout that the environment names. Nothing is opened or created. */
export function homeOf(env: NodeJS.ProcessEnv): Layout {
  return findHome(env);
}

/** False when others could have put something there. */
export function isSafe(layout: Layout): boolean {
  try {
    checkHome(layout);
    return true;
  } catch {
    return false;
  }
}

/** What a daemon could not use of its home and keeps under other names, of each kind the newest last. */
export function filesSetAside({ registry }: Layout): string[] {
  try {
    return filesAside(registry);
  } catch {
    return [];
  }
}

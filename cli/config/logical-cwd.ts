import { realpathSync } from 'node:fs';
import path from 'node:path';

/**
 * The folder the user is in, as the user wrote it. process.cwd() has its links resolved; an app started from
 * `current -> releases/42` must follow the link when it points to releases/43.
 */
export function logicalCwd(pwd: string | undefined, cwd: string): string {
  if (pwd === undefined || !path.isAbsolute(pwd)) return cwd;
  try {
    return realpathSync(pwd) === realpathSync(cwd) ? path.resolve(pwd) : cwd;
  } catch {
    return cwd;
  }
}

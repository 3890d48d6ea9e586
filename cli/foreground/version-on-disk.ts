import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The version of zdm that lies there now: it may have been updated since this process began, whose workers would load files that
 * this master does not know. `dist` is the folder of built files. Null when it cannot be read: then there is nothing to compare.
 */
export function versionOnDisk(dist: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(join(dist, '..', 'package.json'), 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

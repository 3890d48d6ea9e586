import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Foreground from './foreground/main.ts';

/** The built foreground.cjs of `dist`: a file of its own, so that nothing else pays for loading a master. */
export function loadForeground(dist: string): typeof Foreground {
  return createRequire(join(dist, 'any.cjs'))('./foreground.cjs') as typeof Foreground;
}

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ForegroundModule } from './foreground/options.ts';

/** The built foreground.cjs of `dist`: a file of its own, so that nothing else pays for loading a master. */
export function loadForeground(dist: string): ForegroundModule {
  return createRequire(join(dist, 'any.cjs'))('./foreground.cjs') as ForegroundModule;
}

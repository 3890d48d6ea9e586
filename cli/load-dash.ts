import { cpus, hostname, totalmem } from 'node:os';
import type * as Dash from '../ui/main.tsx';
import { loadBuilt } from './built-code.ts';

/** Of the built dashboard. */
declare const DASH_DIGEST: string;

/** The only door to ui/, and to ink and react with it: a file of its own, so that nothing else pays for loading it. */
export async function loadDash(dist: string): Promise<typeof Dash> {
  const ui = loadBuilt(dist, 'dash', DASH_DIGEST) as typeof Dash & { readonly ready: Promise<void> };
  await ui.ready;
  return ui;
}

/** What the dashboard tells of the machine that it runs on. */
export function thisMachine(): { host: string; cores: number; memoryTotal: number } {
  return { host: hostname(), cores: cpus().length, memoryTotal: totalmem() };
}

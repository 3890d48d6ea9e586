// The dashboard in a real terminal, started by a shell.
import { openTerminal, type TerminalSession } from './pty.ts';
import type { Sandbox } from './sandbox.ts';

/** A shell shows what was there before, what the dashboard leaves behind, and its exit code. */
const SHELL = 'echo earlier text; "$@"; echo "left with $?"; stty -a; read -r line';

/** `zdm dash` with these arguments. */
export function openDash(
  box: Sandbox,
  columns = 100,
  rows = 30,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): TerminalSession {
  return openTerminal('/bin/sh', ['-c', SHELL, 'sh', process.execPath, box.cli, 'dash', ...args], {
    columns,
    rows,
    cwd: box.work,
    env: { ...box.env, LC_ALL: 'C.UTF-8', ...env },
    ...(env['TERM'] !== undefined && { term: env['TERM'] }),
  });
}

/** The daemon answers. */
export function isLive([first = '']: readonly string[]): boolean {
  return /^zdm .* live( \d+s)?$/.test(first);
}

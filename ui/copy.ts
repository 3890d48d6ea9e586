// What `y` and `Y` put on the clipboard. The terminal does it (OSC 52), also at the far end of an ssh connection.
import { selectedApp, targetsOf, viewOf } from './state/select.ts';
import { currentLine } from './state/logs.ts';
import { selectedWorker } from './state/navigate.ts';
import type { DashState } from './state/state.ts';

/** The text; null when there is nothing here. `more` asks for the pid, or for the whole screen. */
export function copiedText(state: DashState, more: boolean, screen: readonly string[]): string | null {
  const app = selectedApp(state);
  switch (viewOf(state)) {
    case 'logs':
      return more ? screen.join('\n') : currentLine(state);
    case 'app':
      return more ? `${selectedWorker(state)?.pid ?? app?.masterPid ?? ''}` || null : (app?.name ?? null);
    case 'overview':
      return targetsOf(state).join(' ') || null;
    case 'rollout':
    case 'events':
    case 'describe':
    case 'help':
      return app?.name ?? null;
  }
}

/** The bytes that have a terminal copy a text. */
export function clipboardBytes(text: string): string {
  return `\u001B]52;c;${Buffer.from(text).toString('base64')}\u0007`;
}

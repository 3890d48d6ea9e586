// What keys do outside of the state: the terminal, the clipboard, another program.
import { clipboardBytes, copiedText } from './copy.ts';
import type { OuterCommand } from './keys.ts';
import type { Pace } from './pace.ts';
import { openLog } from './pager.ts';
import type { Screen } from './screen.ts';
import type { Store } from './state/store.ts';
import type { Suspension } from './suspend.ts';

interface Outside {
  readonly store: Store;
  readonly screen: Screen;
  readonly pace: Pace;
  readonly suspension: Suspension;
  readonly env: NodeJS.ProcessEnv;
  readonly quit: () => void;
}

export function createOuter(outside: Outside): (command: OuterCommand) => void {
  const { store, screen, pace, suspension, env, quit } = outside;
  return (command) => {
    switch (command) {
      case 'quit':
        return quit();
      case 'redraw':
        return screen.invalidate();
      case 'suspend':
        return suspension.suspend();
      case 'pager':
        return void openLog(store, suspension, env);
      case 'interval':
        return say(store, `New figures every ${pace.slower() / 1000}s.`);
      case 'copy':
        return copy(outside, false);
      case 'copy-more':
        return copy(outside, true);
    }
  };
}

function copy({ store, screen }: Outside, more: boolean): void {
  const text = copiedText(store.getState(), more, screen.text());
  if (text === null) return say(store, 'There is nothing to copy here.');
  screen.send(clipboardBytes(text));
  say(store, text.includes('\n') ? 'Copied the screen.' : `Copied: ${text}`);
}

function say(store: Store, text: string): void {
  store.dispatch({ type: 'notice', notice: { text, tone: 'plain', at: Date.now() } });
}

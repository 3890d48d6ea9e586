// From a key name to what it does. Only here do keys reach outside the state.
import { messageOf } from '../daemon/protocol/errors.ts';
import type { Client } from '../daemon/client/types.ts';
import { commandFor } from './keys.ts';
import { placeOf, selectedApp } from './state/select.ts';
import type { Store } from './state/store.ts';

export interface Surroundings {
  readonly store: Store;
  /** The living connection; null while the daemon is away. */
  readonly client: () => Client | null;
  readonly redraw: () => void;
  readonly quit: () => void;
}

export function createOnKey(around: Surroundings): (key: string) => void {
  return (key) => {
    const command = commandFor(placeOf(around.store.getState()), key);
    if (command === null) return;
    if (command === 'quit') around.quit();
    else if (command === 'redraw') around.redraw();
    else if (command === 'reload') void reload(around);
    else around.store.dispatch({ type: 'command', command });
  };
}

/** At once and without asking: a reload drops nothing and keeps bad code out. */
async function reload({ store, client }: Surroundings): Promise<void> {
  const say = (text: string, tone: 'plain' | 'bad', op: string | null = null): void =>
    store.dispatch({ type: 'notice', notice: { text, tone, at: Date.now(), op } });
  const name = selectedApp(store.getState())?.name;
  const daemon = client();
  if (name === undefined) return say('There is no app to reload.', 'plain');
  if (daemon === null) return say(`${name} was not reloaded: the daemon does not answer.`, 'bad');
  try {
    say(`Asking to reload ${name} …`, 'plain');
    const [started] = await daemon.call('operate', { kind: 'reload', targets: [name] });
    say(`Started: reload of ${name}. Same as: zdm reload ${name}`, 'plain', started?.op);
  } catch (error) {
    say(`${name} was not reloaded: ${messageOf(error)}`, 'bad');
  }
}

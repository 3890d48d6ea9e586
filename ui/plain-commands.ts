// What is typed into `zdm dash --plain`: the grammar of the commands, as in the `:` line of the screens.
import { carryOut } from './changes.ts';
import { parseCommandLine } from './command-line.ts';
import type { Client } from '../daemon/client/types.ts';
import { hindrance } from './state/sheet.ts';
import type { DashState } from './state/state.ts';

/** What a typed line can act on. */
export interface PlainSurroundings {
  /** The living connection; null while the daemon is away. */
  readonly client: Client | null;
  readonly state: DashState;
  readonly say: (text: string, tone: 'plain' | 'bad') => void;
  /** Who asks, for the record. */
  readonly by: string;
  readonly readOnly: boolean;
}

/** Does what a line says, and says what came of it. */
export function obeyPlain(line: string, { state, client, say, by, readOnly }: PlainSurroundings): void {
  const meaning = parseCommandLine(line, state.apps);
  switch (meaning.type) {
    case 'change': {
      const why = readOnly ? 'Nothing can be changed here: --read-only.' : hindrance(state, meaning.wish);
      if (why !== null) return say(why, 'bad');
      const [first = ''] = meaning.wish.targets;
      const abort = `To end it: abort ${first}.`;
      return void carryOut({ state: () => state, say, client: () => client, by, abort }, meaning.wish);
    }
    case 'show':
      return say(`Only changes are taken here. In a shell: zdm ${line.trim().replace(/^zdm\s+/, '')}`, 'bad');
    case 'quit':
      return say('Ctrl-D ends this.', 'plain');
    case 'nothing':
      return;
    case 'problem':
      return say(meaning.text, 'bad');
  }
}

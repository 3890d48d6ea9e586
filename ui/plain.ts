// `zdm dash --plain`: a line for each thing that happens, and every minute how things stand. Nothing is repainted and the cursor
// does not move, so screen readers, pipes and dumb terminals can follow.
import { createInterface } from 'node:readline';
import type { Client } from '../daemon/client/types.ts';
import { createTheme, themeOptions, type Tone } from './paint/theme.ts';
import { obeyPlain } from './plain-commands.ts';
import { plainLine, plainLines, statusLine } from './plain-lines.ts';
import { DaemonLink } from './state/daemon-link.ts';
import { reduce } from './state/reducer.ts';
import { type Action, initialState } from './state/state.ts';

const MINUTE = 60_000;

export interface PlainOptions {
  /** A new connection to the daemon. Called again, with growing pauses, whenever the line is lost. */
  readonly connect: () => Promise<Client>;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  /** Who asks for what is asked from here: for the record. */
  readonly by: string;
  readonly readOnly: boolean;
}

/**
 * Tells until nobody listens any more (EPIPE, as of `zdm dash --plain | head`) or the terminal says Ctrl-D; the exit code. The
 * end of a pipe at the input ends nothing: `echo reload api | zdm dash --plain` goes on to tell of that reload. Signals do to it
 * what they do to `zdm logs`: there is nothing to put in order.
 */
export async function runPlain({ connect, stdout, stdin, env, by, readOnly }: PlainOptions): Promise<number> {
  const options = themeOptions(env);
  const theme = createTheme({ ...options, styles: options.styles && (stdout.isTTY === true || isForced(env)) });
  let state = initialState(Date.now(), 80, 24);
  let told = false;
  const print = (lines: readonly string[]): void => void (lines.length > 0 && stdout.write(`${lines.join('\n')}\n`));
  const dispatch = (action: Action): void => {
    const before = state;
    state = reduce(before, action);
    print(plainLines(before, state, theme));
    if (!told && state.link.heardAt !== null) print([statusLine(state, theme)]);
    told = state.link.heardAt !== null;
  };
  const say = (text: string, tone: Tone): void => print([plainLine({ at: Date.now(), text, tone }, theme)]);
  const link = new DaemonLink(connect, dispatch);
  const clock = setInterval(() => {
    dispatch({ type: 'tick', at: Date.now() });
    print([statusLine(state, theme)]);
  }, MINUTE);
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    return await new Promise<number>((resolve) => {
      // It stays: a late EPIPE must not become a crash.
      stdout.on('error', () => resolve(0));
      lines.on('line', (line) => obeyPlain(line, { client: link.client, state, say, by, readOnly }));
      lines.on('close', () => void (stdin.isTTY && resolve(0)));
      void link.open();
    });
  } finally {
    clearInterval(clock);
    link.close();
    lines.close();
  }
}

/** Also colours in a pipe were asked for. */
function isForced(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env['FORCE_COLOR']) && env['FORCE_COLOR'] !== '0';
}

// Runs in the process of the command `zdm dash`. May be killed at any time; apps and rollouts go on.
import { render } from 'ink';
import type { Client } from '../daemon/client/types.ts';
import { App } from './App.tsx';
import { watchEndings } from './endings.ts';
import { holdOutput } from './hold-output.ts';
import { createOnKeys } from './on-key.ts';
import { createTheme, themeOptions } from './paint/theme.ts';
import { ScreenContext } from './parts/Canvas.tsx';
import { createOuter } from './outer.ts';
import { createPace } from './pace.ts';
import { Screen } from './screen.ts';
import { DaemonLink } from './state/daemon-link.ts';
import { OutputLink } from './state/output-link.ts';
import { initialState } from './state/state.ts';
import { createStore } from './state/store.ts';
import { createSuspension } from './suspend.ts';
import { createTerminal, sizeOf } from './terminal.ts';

export { runPlain } from './plain.ts';

export interface DashOptions {
  /** A new connection to the daemon. Called again, with growing pauses, whenever the line is lost. */
  readonly connect: () => Promise<Client>;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  /** Gets, afterwards, what was printed past the dashboard. */
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  /** Who asks for what is asked from here: for the record. */
  readonly by: string;
  /** The app whose screen is the first; null: the overview. */
  readonly app: string | null;
  readonly readOnly: boolean;
  readonly host: string;
  /** Of the machine, in cores and bytes. */
  readonly cores: number;
  readonly memoryTotal: number;
}

/** Shows the dashboard until it is left; the exit code. Both streams must be terminals. */
export async function runDash(options: DashOptions): Promise<number> {
  const { connect, stdout, stdin, stderr, env, by } = options;
  const { columns, rows } = sizeOf(stdout);
  const store = createStore(initialState(Date.now(), columns, rows, options));
  const screen = new Screen(stdout);
  const link = new DaemonLink(connect, store.dispatch);
  const output = new OutputLink(store, () => link.client);
  const terminal = createTerminal(stdout, stdin);
  const release = holdOutput(stderr);
  const restore = (): void => {
    suspension.dispose();
    screen.pause();
    terminal.leave();
    release();
  };
  const endings = watchEndings(stdout, stdin, restore);
  const suspension = createSuspension({ terminal, screen, endings });
  terminal.enter();
  const onResize = (): void => {
    store.dispatch({ type: 'resize', ...sizeOf(stdout) });
    screen.invalidate();
  };
  const pace = createPace();
  const outer = createOuter({ store, screen, pace, suspension, env, quit: () => endings.end(0) });
  const onKeys = createOnKeys({ store, client: () => link.client, by, outer });
  store.subscribe((action) => {
    if (pace.wants(action)) screen.redraw();
  });
  stdout.on('resize', onResize);
  // A size that has changed back by the time we look is no 'resize' to node, but the terminal has rearranged its rows.
  const onRearranged = (): void => screen.invalidate();
  process.on('SIGWINCH', onRearranged);
  const clock = setInterval(() => store.dispatch({ type: 'tick', at: Date.now() }), 1000);
  const ink = render(
    <ScreenContext value={screen}>
      <App store={store} theme={createTheme(themeOptions(env))} onKeys={onKeys} />
    </ScreenContext>,
    { stdout: screen.inkStream(), stdin: terminal.keys, debug: true, exitOnCtrlC: false, patchConsole: false },
  );
  try {
    void link.open();
    // Ink ends by itself only with the error of a component.
    const broken = ink.waitUntilExit().then(() => endings.code);
    return await Promise.race([endings.code, broken]);
  } finally {
    clearInterval(clock);
    output.close();
    link.close();
    stdout.off('resize', onResize);
    process.off('SIGWINCH', onRearranged);
    screen.pause();
    ink.unmount();
    restore();
    endings.dispose();
  }
}

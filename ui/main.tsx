// Runs in the process of the command `zdm dash`. May be killed at any time; apps and rollouts go on.
import { render } from 'ink';
import type { Client } from '../daemon/client/types.ts';
import { App } from './App.tsx';
import { watchEndings } from './endings.ts';
import { holdOutput } from './hold-output.ts';
import { createOnKey } from './on-key.ts';
import { ScreenContext } from './parts/Canvas.tsx';
import { Screen } from './screen.ts';
import { DaemonLink } from './state/daemon-link.ts';
import { initialState } from './state/state.ts';
import { createStore } from './state/store.ts';
import { enterTerminal } from './terminal.ts';
import { createTheme, themeOptions } from './paint/theme.ts';

export interface DashOptions {
  /** A new connection to the daemon. Called again, with growing pauses, whenever the line is lost. */
  readonly connect: () => Promise<Client>;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  /** Gets, afterwards, what was printed past the dashboard. */
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
}

/** Shows the dashboard until it is left; the exit code. Both streams must be terminals. */
export async function runDash({ connect, stdout, stdin, stderr, env }: DashOptions): Promise<number> {
  const store = createStore(initialState(Date.now(), stdout.columns, stdout.rows));
  const screen = new Screen(stdout);
  const link = new DaemonLink(connect, store.dispatch);
  const leave = enterTerminal(stdout, stdin);
  const release = holdOutput(stderr);
  const restore = (): void => {
    screen.close();
    leave();
    release();
  };
  const endings = watchEndings(stdout, stdin, restore);
  const onResize = (): void => {
    store.dispatch({ type: 'resize', columns: stdout.columns, rows: stdout.rows });
    screen.invalidate();
  };
  const onKey = createOnKey({
    store,
    client: () => link.client,
    redraw: () => screen.invalidate(),
    quit: () => endings.end(0),
  });
  store.subscribe(() => screen.redraw());
  stdout.on('resize', onResize);
  const clock = setInterval(() => store.dispatch({ type: 'tick', at: Date.now() }), 1000);
  const ink = render(
    <ScreenContext value={screen}>
      <App store={store} theme={createTheme(themeOptions(env))} onKey={onKey} />
    </ScreenContext>,
    { stdout: screen.inkStream(), stdin, debug: true, exitOnCtrlC: false, patchConsole: false },
  );
  try {
    void link.open();
    // Ink ends by itself only with the error of a component.
    const broken = ink.waitUntilExit().then(() => endings.code);
    return await Promise.race([endings.code, broken]);
  } finally {
    clearInterval(clock);
    link.close();
    stdout.off('resize', onResize);
    screen.close();
    ink.unmount();
    restore();
    endings.dispose();
    stdin.pause();
  }
}

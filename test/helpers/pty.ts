// A command in a real pseudo-terminal, its screen as a terminal emulator shows it.
import pty from '@lydell/node-pty';
import headless from '@xterm/headless';
import { hooksOf, type TestHooks } from './hooks.ts';
import { until } from './until.ts';

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  cwd?: string;
  /** The whole environment (default: that of the tests). */
  env?: Readonly<Record<string, string | undefined>>;
  test?: TestHooks;
  /** What kind it says it is (TERM). */
  readonly term?: string;
}

interface TerminalExit {
  readonly code: number;
  readonly signal: number | undefined;
}

/** What the program left the terminal in, read from the raw bytes. */
interface TerminalModes {
  readonly cursorHidden: boolean;
  readonly wrapOff: boolean;
  readonly alternateScreen: boolean;
  readonly bracketedPaste: boolean;
  readonly mouse: boolean;
}

export interface TerminalSession {
  readonly pid: number;
  /** The visible lines, without trailing spaces. */
  screen(): string[];
  /** The visible lines as one text. */
  text(): string;
  /** Everything the program wrote, with escape sequences. */
  raw(): string;
  waitForText(text: string | RegExp, within?: number): Promise<string>;
  waitForScreen(check: (lines: string[]) => boolean, what: string, within?: number): Promise<string[]>;
  /** Types; names such as `ArrowDown`, `Enter`, `Escape`, `Tab`, `Ctrl-C` stand for their bytes. */
  press(...keys: string[]): void;
  resize(columns: number, rows: number): void;
  modes(): TerminalModes;
  buffer(): 'normal' | 'alternate';
  exited(within?: number): Promise<TerminalExit>;
  kill(signal?: string): void;
  /** The window is closed, or the line to it is lost: the kernel hangs up. */
  close(): void;
}

const KEYS: Readonly<Record<string, string>> = {
  ArrowUp: '\x1b[A',
  ArrowDown: '\x1b[B',
  ArrowRight: '\x1b[C',
  ArrowLeft: '\x1b[D',
  Home: '\x1b[H',
  End: '\x1b[F',
  PageUp: '\x1b[5~',
  PageDown: '\x1b[6~',
  Enter: '\r',
  Escape: '\x1b',
  Tab: '\t',
  'Shift-Tab': '\x1b[Z',
  Backspace: '\x7f',
  Space: ' ',
  'Ctrl-C': '\x03',
  'Ctrl-D': '\x04',
  'Ctrl-L': '\x0c',
  'Ctrl-Z': '\x1a',
};

/** Runs `file args` in a pseudo-terminal (default 80×24). It is killed at the end of the test. */
export function openTerminal(file: string, args: readonly string[], options: TerminalOptions = {}): TerminalSession {
  const { columns = 80, rows = 24 } = options;
  const emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
  const child = pty.spawn(file, [...args], {
    name: options.term ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: Object.fromEntries(Object.entries(options.env ?? process.env).filter(([, value]) => value !== undefined)),
  });
  let bytes = '';
  let exit: TerminalExit | undefined;
  child.onData((data) => {
    bytes += data;
    emulator.write(data);
  });
  // The emulator answers questions of the program (cursor position, device attributes), as a real terminal does.
  emulator.onData((answer) => child.write(answer));
  child.onExit(({ exitCode, signal }) => (exit = { code: exitCode, signal }));
  const kill = (signal = 'SIGKILL'): void => {
    if (!exit) child.kill(signal);
  };
  hooksOf(options.test)?.onTestFinished(() => {
    kill();
    emulator.dispose();
  });

  const screen = (): string[] => visibleLines(emulator);
  const text = (): string => screen().join('\n');
  const shown = (what: string) => (): string => `${what}. The screen:\n${text()}`;
  return {
    pid: child.pid,
    screen,
    text,
    raw: () => bytes,
    async waitForText(wanted, within = 10_000) {
      const found = (): boolean => (typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text()));
      await until(found, { within, message: shown(`${wanted} on the screen`) });
      return text();
    },
    async waitForScreen(check, what, within = 10_000) {
      await until(() => check(screen()), { within, message: shown(what) });
      return screen();
    },
    press: (...keys) => child.write(keys.map((key) => KEYS[key] ?? key).join('')),
    resize(newColumns, newRows) {
      emulator.resize(newColumns, newRows);
      child.resize(newColumns, newRows);
    },
    modes: () => modesIn(bytes),
    buffer: () => emulator.buffer.active.type,
    async exited(within = 10_000) {
      const ended = await until(() => exit, { within, message: shown('the program ends') });
      // All of its output has been read by then, but the emulator takes it in turns of its own.
      await new Promise<void>((taken) => emulator.write('', taken));
      return ended;
    },
    kill,
    close: () => (child as unknown as { destroy(): void }).destroy(),
  };
}

function visibleLines(emulator: InstanceType<typeof headless.Terminal>): string[] {
  const buffer = emulator.buffer.active;
  const lines: string[] = [];
  for (let row = 0; row < emulator.rows; row += 1) {
    lines.push(buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '');
  }
  return lines;
}

function modesIn(bytes: string): TerminalModes {
  return {
    cursorHidden: lastSet(bytes, '25') === false,
    wrapOff: lastSet(bytes, '7') === false,
    alternateScreen: lastSet(bytes, '1049') === true,
    bracketedPaste: lastSet(bytes, '2004') === true,
    mouse: ['1000', '1002', '1003', '1006'].some((mode) => lastSet(bytes, mode) === true),
  };
}

/** Whether private mode `mode` was last set (`h`) or reset (`l`); null when it was never touched. */
function lastSet(bytes: string, mode: string): boolean | null {
  const on = bytes.lastIndexOf(`\x1b[?${mode}h`);
  const off = bytes.lastIndexOf(`\x1b[?${mode}l`);
  return on === off ? null : on > off;
}

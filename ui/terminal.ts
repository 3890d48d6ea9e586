// The terminal is a guest room: `leave` makes it as it was found, in every way out. One can come back, and both can be called twice.
import { Readable } from 'node:stream';

const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
// Synchronized output first: a frame that was cut off must not freeze the terminal.
const LEAVE = '\u001B[?2026l\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l';
/** Where a terminal does not say how big it is (0x0 in some CI systems). */
const USUAL = { columns: 80, rows: 24 } as const;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  /**
   * What is typed, for Ink. Not the stream of the process itself: Ink would hold that in raw mode and keep reading while another
   * program has the terminal, and a stream with a `readable` listener cannot be paused.
   */
  readonly keys: NodeJS.ReadStream;
  /** Alternate screen, no cursor, no wrapping, single keys. */
  enter(): void;
  leave(): void;
}

export function createTerminal(stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream): Terminal {
  const keys = new Readable({ read: () => {} });
  let inside = false;
  const onTyped = (typed: Buffer): void => void keys.push(typed);
  return {
    keys: Object.assign(keys, { isTTY: true, setRawMode: () => keys, ref: () => keys, unref: () => keys }) as never,
    enter() {
      if (inside) return;
      inside = true;
      // First: it is here that the kernel stops a program in the background, before it has written anything.
      stdin.setRawMode(true);
      stdout.write(ENTER);
      stdin.on('data', onTyped).resume();
    },
    leave() {
      if (!inside) return;
      inside = false;
      stdin.off('data', onTyped).pause();
      // Each for itself: of a terminal that is gone, one may fail and the other still work.
      attempt(() => void stdin.setRawMode(false));
      attempt(() => void (stdout.writable && stdout.write(LEAVE)));
    },
  };
}

export function sizeOf({ columns, rows }: Partial<Size>): Size {
  return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // There is no terminal left that could be put in order.
  }
}

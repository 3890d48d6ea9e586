// The terminal is a guest room: `leave` makes it as it was found, in every way out, and can be called twice.

const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
// Synchronized output first: a frame that was cut off must not freeze the terminal.
const LEAVE = '\u001B[?2026l\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l';

/** Alternate screen, no cursor, no wrapping. The result leaves it all, and raw mode. */
export function enterTerminal(stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream): () => void {
  stdout.write(ENTER);
  let inside = true;
  return () => {
    if (!inside) return;
    inside = false;
    // Each for itself: of a terminal that is gone, one may fail and the other still work.
    attempt(() => void (stdin.isTTY && stdin.setRawMode(false)));
    attempt(() => void (stdout.writable && stdout.write(LEAVE)));
  };
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // There is no terminal left that could be put in order.
  }
}

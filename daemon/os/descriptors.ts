// How many files, sockets among them, this process may still open.
import { readdirSync, readFileSync } from 'node:fs';

/** Node has raised it as far as it may go when it started (Node 20 and later). */
let most: number | undefined;

/** Infinity where the system does not tell. A look costs a millisecond for a few thousand that are open. */
export function freeDescriptors(): number {
  try {
    most ??= Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity);
    return most - readdirSync('/proc/self/fd').length;
  } catch {
    return Infinity;
  }
}

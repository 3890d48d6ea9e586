// What keeps the process from ending by itself. In plain node a listening server does, and a listener for messages; node counts both
// at its channel, which ends with each master. So they are counted here, at a timer that lasts as long as the process.

/** Node's object for its channel: what of it the documentation leaves out has the counted forms. */
interface NativeChannel {
  ref(): void;
  unref(): void;
  refCounted?(): void;
  unrefCounted?(): void;
}

const LONGEST = 2 ** 31 - 1;
const anchor = setInterval(() => undefined, LONGEST).unref();
/** Servers of the app, and what it waits for the master to answer. */
let held = 0;
/** Listeners of the app for 'message' and 'disconnect'; what it says itself with ref() and unref() counts instead. */
let listeners = 0;
let said: boolean | null = null;

/** A server listens, or is about to. */
export function holdAlive(): void {
  held += 1;
  settle();
}

/** The opposite of holdAlive. */
export function letGo(): void {
  held -= 1;
  settle();
}

/** From now on what the app and node do with `process.channel` counts here, and not at its pipe. Called once. */
export function takeOverCounting(): void {
  const channel = process.channel as NativeChannel | undefined;
  if (!channel) return;
  channel.ref = () => say(true);
  channel.unref = () => say(false);
  channel.refCounted = () => listen(1);
  channel.unrefCounted = () => listen(-1);
}

function say(keep: boolean): void {
  said = keep;
  settle();
}

function listen(change: number): void {
  // Listeners of node:cluster were there before the counting began, and may go later.
  listeners = Math.max(0, listeners + change);
  settle();
}

function settle(): void {
  if (held > 0 || (said ?? listeners > 0)) anchor.ref();
  else anchor.unref();
}

// How long connections have been idle, as far as looking at them now and then can tell. Pure.

/** Of each socket that is idle, since when (ms): the moment of the first look in a row that found it so. */
export function stillIdle<T>(before: ReadonlyMap<T, number>, idle: readonly T[], now: number): ReadonlyMap<T, number> {
  return new Map(idle.map((socket) => [socket, before.get(socket) ?? now]));
}

/** Those that have been idle for `interval` ms. */
export function overdue<T>(idle: ReadonlyMap<T, number>, interval: number, now: number): T[] {
  return [...idle].filter(([, since]) => now - since >= interval).map(([socket]) => socket);
}

// Numbers as people read them. Shared by the plain tables and the dashboard, so that both say the same.

/** `812K`, `201M`, `1.4G`: at most four characters. Input in bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return value < 9.95 && unit > 2 ? `${value.toFixed(1)}${units[unit]}` : `${Math.round(value)}${units[unit]}`;
}

/** A span of time in at most two units: `0s`, `12s`, `3m20s`, `19h`, `3d4h`. Input in ms. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes < 10 && seconds % 60 > 0 ? `${minutes}m${seconds % 60}s` : `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return hours < 10 && minutes % 60 > 0 ? `${hours}h${minutes % 60}m` : `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 10 && hours % 24 > 0 ? `${days}d${hours % 24}h` : `${days}d`;
}

/** How long something took: `8ms`, `0.9s`, `14.2s`, `3m20s`. Input in ms. */
export function formatTook(ms: number): string {
  if (ms < 100) return `${Math.round(ms)}ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : formatAge(ms);
}

/** What an app waits for that is tried again by itself: `next try in 5s`. */
export function retryText(retryAt: number, now: number): string {
  const left = retryAt - now;
  return left > 0 ? `next try in ${formatAge(left + 999)}` : 'next try now';
}

/** `36%`, of one core. */
export function formatPercent(value: number): string {
  return `${Math.round(value)}%`;
}

/** `1 worker`, `2 workers`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** How a process ended, in words: `exit code 1`, `signal SIGKILL`; `error EACCES` when it could not be started at all. */
export function exitWords(code: number | null, signal: string | null): string {
  if (signal !== null && !signal.startsWith('SIG')) return `error ${signal}`;
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}

// What happens, as a line for people or as one for programs.
import type { Happening, Told } from '../../ui/paint/happening.ts';
import { renderLine, span } from '../../ui/paint/line.ts';
import type { Theme } from '../../ui/paint/theme.ts';
import { shortTime } from '../../ui/paint/time.ts';

/** What happened to the daemon itself. */
export interface DaemonNews extends Told {
  readonly app: null;
  readonly event: 'daemon';
  readonly details: { readonly state: 'lost' | 'back' };
}

/** Oldest first. `json`: one object a line. */
export function eventLines(
  events: readonly (Happening | DaemonNews)[],
  { json, now, theme }: { json: boolean; now: number; theme: Theme },
): string[] {
  const sorted = events.toSorted((one, other) => one.at - other.at);
  if (json)
    return sorted.map(({ at, event, app, details, text }) => JSON.stringify({ at, event, app, ...details, text }));
  return sorted.map(({ at, text, tone }) => {
    const time = span(`${shortTime(at, now, theme.clock).padEnd(8)}  `, 'muted');
    return renderLine([time, span(text, tone)], Infinity, theme);
  });
}

/** That the daemon went, or came back. */
export function daemonNews(state: 'lost' | 'back', at: number): DaemonNews {
  const lost = state === 'lost';
  const text = lost ? 'the daemon is gone; apps do not need it to run' : 'the daemon is back';
  return { app: null, event: 'daemon', at, text, tone: lost ? 'warn' : 'good', details: { state } };
}

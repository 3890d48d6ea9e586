// What happened between two states, in lines of plain words: for screen readers, pipes and terminals without a cursor. Pure.
import { formatAge, plural } from '../daemon/protocol/format.ts';
import { happenings, type Told } from './paint/happening.ts';
import { type Line, renderLine, span } from './paint/line.ts';
import type { Theme } from './paint/theme.ts';
import { problemOf } from './paint/problem.ts';
import { workersOf } from './paint/usage.ts';
import { problemsOf } from './state/select.ts';
import type { DashState } from './state/state.ts';

/** In the order in which it happened. Of what was there before the daemon was first heard nothing is told. */
export function plainLines(before: DashState, after: DashState, theme: Theme): string[] {
  const events: Told[] = linkEvents(before, after);
  if (before.link.heardAt !== null && before.apps !== after.apps)
    events.push(...happenings(before.apps, after.apps, after.now));
  return events.toSorted((a, b) => a.at - b.at).map((event) => plainLine(event, theme));
}

/** How things stand: `12:05:00 21 of 25 workers online, 1 problem: mailer exits with code 1, next try in 8s`. */
export function statusLine(state: DashState, theme: Theme): string {
  const { link, now, apps } = state;
  if (link.phase !== 'live') {
    const since = `no daemon for ${formatAge(now - link.since)}; apps keep running`;
    return plainLine({ at: now, text: since, tone: 'warn' }, theme);
  }
  const { up, wanted } = workersOf(apps);
  const workers = apps.length === 0 ? 'no apps' : `${up} of ${plural(wanted, 'worker')} online`;
  const problems = problemsOf(state);
  const [first] = problems;
  if (first === undefined) return plainLine({ at: now, text: workers, tone: 'plain' }, theme);
  const text = `${workers}, ${plural(problems.length, 'problem')}: ${problemOf(first, now)?.text ?? first.name}`;
  return plainLine({ at: now, text, tone: 'warn' }, theme);
}

/** One thing that happened, or an answer to a typed line. */
export function plainLine({ at, text, tone }: Told, theme: Theme): string {
  const line: Line = [span(`${theme.clock(at)} `, 'muted'), span(text, tone)];
  return renderLine(line, Infinity, theme);
}

function linkEvents({ link: was }: DashState, { link, now }: DashState): Told[] {
  if (was.phase === link.phase) return [];
  if (link.phase === 'lost') {
    const why = link.reason ?? 'the daemon was lost; apps do not need it to run';
    return [{ at: now, text: `${why} (trying again until it answers)`, tone: 'bad' }];
  }
  if (was.phase !== 'lost') return [];
  return [{ at: now, text: `the daemon answers again after ${formatAge(now - was.since)}`, tone: 'good' }];
}

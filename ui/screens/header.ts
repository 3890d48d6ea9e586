// The first lines of every screen: where we are, sums, how old the figures are, what is wrong.
import { formatAge, formatBytes, formatPercent, plural, retryText } from '../../daemon/protocol/format.ts';
import { problemsOf, usageOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import type { Theme } from '../paint/theme.ts';
import { apart, type Line, type Span, span } from '../paint/line.ts';

/** At most three lines. `crumbs` follow the name of the program; `trouble` gives way while the daemon is away. */
export function headerLines(
  state: DashState,
  width: number,
  height: number,
  theme: Theme,
  crumbs: Line,
  trouble: Line | null,
): readonly Line[] {
  const head = apart([span('zdm', 'strong'), ...crumbs], [linkSpan(state)], width);
  if (height < 10) return [head];
  if (state.link.phase === 'lost') return [head, ...lostLines(state, theme)];
  return trouble === null ? [head] : [head, trouble];
}

/** Apps, workers and what they use together. */
export function sums(state: DashState, width: number): Line {
  const workers = state.apps.flatMap((app) => app.workers);
  const { cpu, memory, connections } = usageOf(workers);
  const up = state.apps.reduce((total, app) => total + app.up, 0);
  const wanted = state.apps.reduce((total, app) => total + app.wanted, 0);
  const parts = width < 60 ? [`${up}/${wanted} up`] : [`apps ${state.apps.length}`, `workers ${up}/${wanted}`];
  if (width >= 50) parts.push(`cpu ${formatPercent(cpu ?? 0)}`, `mem ${formatBytes(memory ?? 0)}`);
  if (width >= 80) parts.push(`conns ${connections}`);
  if (width >= 100) parts.push(`restarts ${state.apps.reduce((total, app) => total + app.restarts, 0)}`);
  return [span(`  ${parts.join('  ')}`)];
}

/** The first app that needs a person, in words; null when all is well. */
export function problemLine(state: DashState): Line | null {
  const [first, ...others] = problemsOf(state);
  if (first === undefined) return null;
  const count = others.length === 0 ? '' : `${plural(others.length + 1, 'problem')}: `;
  const retry = first.retryAt === null ? '' : `; ${retryText(first.retryAt, state.now)}`;
  return [span(` ▲ ${count}${first.name}: ${first.reason ?? first.state}${retry}`, 'warn')];
}

/** What the last key did; empty after a while. */
export function noticeLine({ notice }: DashState): Line {
  return notice === null ? [] : [span(` ${notice.text}`, notice.tone === 'bad' ? 'bad' : 'strong')];
}

function linkSpan({ link, now, apps }: DashState): Span {
  if (link.phase === 'lost') return span(`NO DAEMON ${formatAge(now - link.since)}`, 'bad');
  if (link.phase === 'connecting' || link.heardAt === null) return span('connecting', 'busy');
  // Running workers are measured all the time, so silence means old figures; stopped ones have nothing to say.
  const silent = apps.some((app) => app.workers.length > 0) && now - link.heardAt >= 3000;
  return silent ? span(`silent ${formatAge(now - link.heardAt)}`, 'warn') : span('live', 'good');
}

function lostLines({ link, now }: DashState, theme: Theme): readonly Line[] {
  const next = link.retryAt === null ? 'Trying again now' : `Trying again in ${formatAge(link.retryAt - now + 999)}`;
  const figures = link.heardAt === null ? '' : ` Figures below are from ${theme.clock(link.heardAt)}.`;
  return [
    [span(` ${link.reason ?? 'The daemon was lost. Apps do not need it to run.'}`, 'warn')],
    [span(` ${next} (try ${link.tries}).${figures}`)],
  ];
}

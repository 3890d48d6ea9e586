// The first lines of every screen: where we are, sums, how old the figures are, what is wrong.
import { formatAge, formatBytes, plural } from '../../daemon/protocol/format.ts';
import { usageOf, workersOf } from '../paint/usage.ts';
import { problemsOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import type { Theme } from '../paint/theme.ts';
import { apart, EMPTY, type Line, lengthOf, type Span, span } from '../paint/line.ts';
import { problemOf } from '../paint/problem.ts';
import { clean, widthOf } from '../paint/text.ts';

/** From this height on there is room for a line that says what is wrong; below, the header says that something is. */
const TROUBLE_ROWS = 14;
/** Room for `NO DAEMON 12s` with a gap. */
const AGE_CELLS = 14;

/** At most three lines. `crumbs` follow the name of the program; `trouble` gives way while the daemon is away. */
export function headerLines(
  state: DashState,
  width: number,
  height: number,
  theme: Theme,
  crumbs: Line,
  trouble: Line | null,
): readonly Line[] {
  const end = ageSpans(state, theme);
  const room = width - lengthOf(crumbs) - lengthOf(end) - 'zdm  '.length;
  const host = clean(state.host);
  const shown = host !== '' && widthOf(host) <= room ? [span(` ${host}`)] : EMPTY;
  const head = apart([span('zdm', 'strong'), ...shown, ...crumbs], end, width);
  if (height < 9) return [head];
  if (state.link.phase === 'lost') return [head, ...lostLines(state, theme)];
  return trouble === null || height < TROUBLE_ROWS ? [head] : [head, trouble];
}

/** Apps, workers and what they use together: as much of it as there is room for beside the age of the figures. */
export function sums(state: DashState, width: number, height: number, theme: Theme): Line {
  const { apps, cores, memoryTotal } = state;
  const { cpu, memory } = usageOf(apps.flatMap((app) => app.workers));
  const total = (count: (app: (typeof apps)[number]) => number): number =>
    apps.reduce((sum, app) => sum + count(app), 0);
  const workers = workersOf(apps);
  const up = `${workers.up}/${workers.wanted}`;
  const used = ((cpu ?? 0) / 100).toFixed(1);
  const cpuText = cores > 0 ? `cpu ${used}/${cores}` : `cpu ${used}`;
  const memText = `mem ${formatBytes(memory ?? 0)}`;
  const memOf = memoryTotal > 0 ? `${memText}/${formatBytes(memoryTotal)}` : memText;
  const restarts = total((app) => app.restarts);
  const troubles = height < TROUBLE_ROWS ? problemsOf(state).length : 0;
  const trouble = troubles === 0 ? [] : [span(`  ▲ ${plural(troubles, 'problem')}`, 'warn')];
  const choices = [
    [`apps ${apps.length}`, `workers ${up}`, `${cpuText} cores`, memOf, `restarts ${restarts}`],
    [`workers ${up}`, cpuText, memOf, `rst ${restarts}`],
    [`${up} up`, cpuText, memText],
    [`${up} up`],
  ];
  const age = Math.max(AGE_CELLS, lengthOf(ageSpans(state, theme)) + 1);
  const room = width - 'zdm  '.length - lengthOf(trouble) - age;
  const parts = choices.find((words) => words.join('  ').length <= room) ?? [];
  return [span(parts.map((part) => `  ${part}`).join('')), ...trouble];
}

/** The first app that needs a person, in words; null when all is well. */
export function problemLine(state: DashState, width = Infinity): Line | null {
  const [first, ...others] = problemsOf(state);
  const problem = first === undefined ? null : problemOf(first, state.now);
  if (first === undefined || problem === null) return null;
  const also = others.length === 0 ? '' : `, also ${others.map(({ name }) => name).join(', ')}`;
  const count = others.length > 0 || width >= 80 ? `${plural(others.length + 1, 'problem')}   ` : '';
  const line = ` ▲ ${count}${first.name}: ${problem.why}${also}`;
  const hint = `  See: ${problem.next}`;
  return [span(line, 'warn'), ...(widthOf(line) + widthOf(hint) <= width ? [span(hint, 'muted')] : [])];
}

/** How old the figures are, and whether anything can be changed. */
function ageSpans(state: DashState, theme: Theme): Line {
  const mode = state.readOnly ? [span('read only', 'muted'), span('  ')] : [];
  const lost = state.link.phase === 'lost';
  if (state.frozen === null) return [...mode, linkSpan(state)];
  const away = lost ? [span('NO DAEMON', 'bad'), span('  ')] : [];
  return [...mode, ...away, span(`FROZEN ${theme.clock(state.frozen.now)}`, 'warn')];
}

/** How long (ms) the daemon has said nothing although it should have; 0 while it is as usual. */
export function silence({ link, now, apps }: DashState): number {
  // Running workers are measured all the time, so silence means old figures; stopped ones have nothing to say.
  const measured = link.phase === 'live' && link.heardAt !== null && apps.some((app) => app.workers.length > 0);
  return measured && now - link.heardAt >= 3000 ? now - link.heardAt : 0;
}

function linkSpan(state: DashState): Span {
  const { link, now, apps } = state;
  if (link.phase === 'lost') return span(`NO DAEMON ${formatAge(now - link.since)}`, 'bad');
  if (link.phase === 'connecting' || link.heardAt === null) return span('connecting', 'busy');
  if (!apps.some((app) => app.workers.length > 0)) return span('live', 'good');
  // Figures come once a second: the newest ones are up to that old, and a display that wavers would tell no more.
  const age = formatAge(Math.max(1000, now - link.heardAt));
  return silence(state) > 0 ? span(`silent ${age}`, 'warn') : span(`live ${age}`, 'good');
}

function lostLines({ link, now }: DashState, theme: Theme): readonly Line[] {
  const next = link.retryAt === null ? 'Trying again now' : `Trying again in ${formatAge(link.retryAt - now + 999)}`;
  const figures = link.heardAt === null ? '' : ` Figures below are from ${theme.clock(link.heardAt)}.`;
  return [
    [span(` ${link.reason ?? 'The daemon does not answer. Apps keep running.'}`, 'warn')],
    [span(` ${next} (try ${link.tries}).${figures}`)],
  ];
}

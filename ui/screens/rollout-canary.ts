// The figures by which a canary is judged, those of both codes in the same columns.
import { formatAge, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, CanaryStatus, Cohort, OperationStatus } from '../../daemon/protocol/model.ts';
import { canaryText, verdictText } from '../paint/canary.ts';
import { grouped } from '../paint/count.ts';
import { type Line, type Span, span } from '../paint/line.ts';
import { rateText } from '../paint/strategy.ts';
import { fit, fitRight } from '../paint/text.ts';
import type { Tone } from '../paint/theme.ts';
import { limitText, preciseTook } from '../paint/time.ts';
import { fitting } from './waits.ts';

/** Cells of the name and of each figure, from these widths on. */
const CELLS = [
  [100, 26, 12],
  [80, 22, 10],
  [0, 14, 8],
] as const;

/** Titles with the time that is left, a row for each code, and the verdict when there is one; nothing of other rollouts. */
export function canaryLines(app: AppStatus, operation: OperationStatus, now: number, width: number): readonly Line[] {
  const { canary, from, to } = operation;
  if (canary === null) return [];
  const [, name, cell] = CELLS.find(([least]) => width >= least) ?? CELLS[2];
  const titles = ['REQUESTS', 'ERRORS', 'RATE', 'P95'].map((title) => fitRight(title, cell)).join('');
  const share = [
    `, ${plural(canary.workers, 'worker')}, ${Math.round(canary.percent)}%`,
    `, ${Math.round(canary.percent)}%`,
  ];
  const fresh = `new g${to}${fitting(share, name - `   new g${to}`.length)}`;
  return [
    [
      span(fit(' CANARY', name), 'muted'),
      span(titles, 'muted'),
      pending(app, operation, canary, now, width - name - 4 * cell),
    ],
    cohortLine(`old g${from}`, canary.old, [name, cell], 'plain'),
    cohortLine(fresh, canary.fresh, [name, cell], toneOf(app, canary)),
    ...verdictLines(canary),
  ];
}

/** All in one line, for low screens, where it is under way. */
export function canaryLine({ canary, phase }: OperationStatus, now: number): readonly Line[] {
  if (canary === null || phase !== 'running') return [];
  return [[span(` ${verdictText(canary) ?? canaryText(canary, now)}`, canary.verdict === null ? 'busy' : 'warn')]];
}

/** What is still waited for. */
function pending(app: AppStatus, { endedAt }: OperationStatus, canary: CanaryStatus, now: number, room: number): Span {
  if (endedAt !== null || canary.verdict !== null) return span('');
  if (canary.until === null) return span(fitting(['   its workers start', '   starts'], room), 'busy');
  const plan = app.spec.canary;
  const least = plan?.minRequests ?? 0;
  const asked = canary.fresh.requests;
  const few = asked >= least ? '' : `, ${grouped(asked)} of ${plural(least, 'request')}`;
  const left = `   ${formatAge(canary.until - now + 999)}`;
  const words = [`${left}${plan === null ? '' : ` of ${limitText(plan.bake)}`} left${few}`, `${left} left${few}`];
  return span(fitting([...words, `${left} left`], room), 'busy');
}

function cohortLine(who: string, { requests, errors, latency }: Cohort, cells: readonly number[], tone: Tone): Line {
  const [name = 0, cell = 0] = cells;
  const figures = [
    grouped(requests),
    grouped(errors),
    requests === 0 ? '-' : rateText(errors / requests),
    latency === null ? '-' : preciseTook(latency),
  ];
  return [span(fit(`   ${who}`, name), 'muted'), span(figures.map((text) => fitRight(text, cell)).join(''), tone)];
}

/** Yellow as soon as it is beyond what it may be, also before there is a verdict. */
function toneOf({ spec }: AppStatus, { old, fresh, verdict }: CanaryStatus): Tone {
  if (verdict === 'fail') return 'bad';
  if (spec.canary === null) return 'plain';
  const { maxErrorRate, maxLatencyRatio } = spec.canary;
  const faulty = fresh.requests > 0 && fresh.errors / fresh.requests > maxErrorRate;
  const known = maxLatencyRatio !== null && fresh.latency !== null && old.latency !== null;
  const slow = known && fresh.latency > old.latency * maxLatencyRatio;
  return faulty || slow ? 'warn' : 'plain';
}

const VERDICTS = {
  pass: ['✓', 'good'],
  fail: ['✖', 'bad'],
  inconclusive: ['▲', 'warn'],
} as const;

function verdictLines(canary: CanaryStatus): readonly Line[] {
  if (canary.verdict === null) return [];
  const [glyph, tone] = VERDICTS[canary.verdict];
  return [[span(`   ${glyph} ${verdictText(canary)}`, tone)]];
}

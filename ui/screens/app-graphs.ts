// The graphs of the app screen: a second per cell, rollouts marked.
import type { AppStatus, Series } from '../../daemon/protocol/model.ts';
import { type Line, span } from '../paint/line.ts';
import { peak, sparkline, withMarks } from '../paint/sparkline.ts';
import { fit } from '../paint/text.ts';
import type { Tone } from '../paint/theme.ts';
import { usageOf } from '../paint/usage.ts';
import type { DashState } from '../state/state.ts';
import { bytes, milliseconds, percent, worstLag } from './columns.ts';
import { cpuTone, fullCpu } from './history-graphs.ts';

interface Graph {
  readonly title: string;
  readonly now: string;
  readonly most: string;
  readonly tone: Tone;
  readonly blocks: (cells: number) => string;
}

/** Cells of the words in front of a graph: title, present value, highest value. */
const NOW_CELLS = 18;
const MOST_CELLS = 12;

/** At most `count` graphs, the important ones first. */
export function graphLines(state: DashState, app: AppStatus, width: number, count: number): readonly Line[] {
  const graphs = graphsOf(state, app).slice(0, count);
  const withMost = width >= 90;
  const words = 1 + 4 + NOW_CELLS + (withMost ? MOST_CELLS : 0);
  return graphs.map(({ title, now, most, tone, blocks }) => [
    span(` ${title} `, 'muted'),
    span(fit(now, NOW_CELLS), tone),
    span(withMost ? fit(most, MOST_CELLS) : '', 'muted'),
    span(blocks(width - words - 1), 'graph'),
  ]);
}

/** CPU and memory side by side, where there is one line for them. */
export function graphLine(state: DashState, app: AppStatus, width: number): Line {
  const half = Math.floor(width / 2);
  return graphsOf(state, app)
    .slice(0, 2)
    .flatMap(({ title, now, tone, blocks }) => {
      const short = now.replaceAll(' of ', '/');
      const cells = Math.min(60, half - short.length - 8);
      const graph = cells < 4 ? '' : ` ${blocks(cells)}`;
      return [span(` ${title} `, 'muted'), span(short, tone), span(`${graph}  `, 'graph')];
    });
}

function graphsOf(state: DashState, app: AppStatus): readonly Graph[] {
  const past = state.history.get(app.name);
  const series = (key: keyof Series): readonly (number | null)[] => past?.total[key] ?? [];
  const { cpu, memory } = usageOf(app.workers);
  const marks = rolloutTimes(app);
  const blocks =
    (key: keyof Series, max: number) =>
    (cells: number): string =>
      sparkline(series(key), cells, max);
  const marked =
    (key: keyof Series, max: number) =>
    (cells: number): string =>
      withMarks(sparkline(series(key), cells, max), past?.at ?? state.now, marks);
  const most = (key: keyof Series, unit: (value: number) => string): string =>
    series(key).some((value) => value !== null) ? `max ${unit(peak(series(key)))}` : '';
  const full = fullCpu(app);
  const graphs: Graph[] = [
    {
      title: 'CPU',
      now: `${percent(cpu)} of ${full}%`,
      most: most('cpu', percent),
      tone: cpuTone(state, app),
      blocks: marked('cpu', full),
    },
    {
      title: 'MEM',
      now: bytes(memory),
      most: most('memory', bytes),
      tone: 'plain',
      blocks: marked('memory', peak(series('memory'))),
    },
  ];
  // In fork mode the app owns its ports: what comes in there is not seen.
  if (app.spec.execMode === 'fork') return graphs;
  const requests = series('requests').at(-1) ?? null;
  const latency = series('latency').at(-1) ?? null;
  const rate = (value: number): string => `${Math.round(value)}/s`;
  return [
    ...graphs,
    {
      title: 'REQ',
      now: `${requests === null ? '-' : rate(requests)}${latency === null ? '' : `  p95 ${milliseconds(latency)}`}`,
      most: most('requests', rate),
      tone: 'plain',
      blocks: blocks('requests', peak(series('requests'))),
    },
    {
      title: 'LAG',
      now: milliseconds(worstLag(app.workers)),
      most: most('lag', milliseconds),
      tone: 'plain',
      blocks: blocks('lag', peak(series('lag'))),
    },
  ];
}

/** When rollouts began and ended. */
function rolloutTimes({ operations, events }: AppStatus): readonly number[] {
  const rollouts = operations.filter(({ kind }) => kind === 'reload' || kind === 'restart');
  const ended = events.filter(
    (event) => event.type === 'operation' && (event.kind === 'reload' || event.kind === 'restart'),
  );
  return [...rollouts.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt]), ...ended.map(({ at }) => at)].filter(
    (time) => time !== null,
  );
}

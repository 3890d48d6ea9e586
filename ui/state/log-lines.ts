// The lines that are kept: the newest, each safe to show, with what is missing between them.
import type { OutputLine } from '../../daemon/protocol/model.ts';
import { cleanOutput } from '../paint/output-text.ts';
import { indexed, indexedFrom } from './log-filter.ts';
import { endOf, type LogsState } from './log-model.ts';

const MOST_LINES = 10_000;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** More lines at the end. */
export function appended(logs: LogsState, lines: readonly OutputLine[]): LogsState {
  const from = endOf(logs);
  const more = received(logs, lines, from);
  const next = limited({ ...more, lines: logs.lines.concat(more.lines), size: logs.size + more.size });
  return indexedFrom(next, Math.max(from, next.first));
}

/** Other lines in place of those that were there. A line that both have keeps its number, and the reader his place. */
export function replaced(logs: LogsState, lines: readonly OutputLine[]): LogsState {
  const fresh = received({ ...logs, seqs: new Map(), gaps: new Map() }, lines, 0);
  const last = logs.lines.at(-1);
  const at = last === undefined ? -1 : fresh.lines.findLastIndex((line) => isSame(line, last));
  const first = endOf(logs) - (at < 0 ? 0 : at + 1);
  const gaps = new Map([...fresh.gaps].map(([number, count]) => [first + number, count]));
  return indexed(limited(inReach({ ...fresh, first, gaps })));
}

/** Only the new lines, with the gaps among them; they are counted from `from` on. */
function received(logs: LogsState, lines: readonly OutputLine[], from: number): LogsState {
  const seqs = new Map(logs.seqs);
  const gaps = new Map(logs.gaps);
  let size = 0;
  const safe = lines.map((line, at) => {
    const known = seqs.get(line.app);
    // Lines of the file have no number, and a new master begins to count again.
    if (line.seq > 0) seqs.set(line.app, line.seq);
    if (known !== undefined && line.seq > known + 1) gaps.set(from + at, line.seq - known - 1);
    const text = cleanOutput(line.text);
    size += text.length;
    return text === line.text ? line : { ...line, text };
  });
  return { ...logs, lines: safe, size, seqs, gaps };
}

/** Without what is too much, from the front. */
function limited(logs: LogsState): LogsState {
  let { size } = logs;
  let drop = Math.max(0, logs.lines.length - MOST_LINES);
  for (const { text } of logs.lines.slice(0, drop)) size -= text.length;
  for (; size > MOST_CHARACTERS; drop += 1) size -= logs.lines[drop]?.text.length ?? 0;
  if (drop === 0) return logs;
  return inReach({ ...logs, lines: logs.lines.slice(drop), first: logs.first + drop, size });
}

/** What stood between lines that are gone goes, too. */
function inReach(logs: LogsState): LogsState {
  const { first, gaps, marks, hit } = logs;
  return {
    ...logs,
    gaps: new Map([...gaps].filter(([number]) => number > first)),
    marks: marks.filter(({ before }) => before > first),
    hit: hit !== null && hit >= first ? hit : null,
  };
}

function isSame(one: OutputLine, other: OutputLine): boolean {
  return (
    one.text === other.text &&
    one.seq === other.seq &&
    one.at === other.at &&
    one.app === other.app &&
    one.slot === other.slot &&
    one.stream === other.stream
  );
}

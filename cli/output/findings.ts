// What `zdm doctor` found: a sign, the place, what it is; below it the command that mends it.
import { plural } from '../../daemon/protocol/format.ts';
import { type Span, span } from '../../ui/paint/line.ts';
import { clean } from '../../ui/paint/text.ts';
import type { Theme } from '../../ui/paint/theme.ts';
import type { Finding, Level } from '../doctor/facts.ts';

const SIGNS: Readonly<Record<Level, Span>> = {
  ok: span('✓', 'good'),
  note: span('·', 'muted'),
  warn: span('!', 'warn'),
  bad: span('✖', 'bad'),
};

/** Whether something has to be mended. */
export function isWrong({ level }: Finding): boolean {
  return level === 'warn' || level === 'bad';
}

/** Aligned, with how many are wrong at the end. */
export function findingLines(findings: readonly Finding[], theme: Theme): string[] {
  const width = Math.max(...findings.map(({ area }) => area.length));
  const lines = findings.flatMap(({ area, level, text, mend }) => {
    const { text: sign, tone } = SIGNS[level];
    const first = `${theme.paint(sign, tone)} ${area.padEnd(width)}  ${clean(text)}`;
    return mend === null ? [first] : [first, `${' '.repeat(width + 4)}${clean(mend)}`];
  });
  const wrong = findings.filter(isWrong).length;
  return [...lines, '', wrong === 0 ? 'Nothing is wrong.' : `${plural(wrong, 'thing')} to mend.`];
}

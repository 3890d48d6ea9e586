// The rows below the live part: a question, a text field, or what the last key did and what can be pressed here.
import { Box, Text } from 'ink';
import { type Command, keyBar } from '../keys.ts';
import { clean, fit, widthOf, wrap } from '../paint/text.ts';
import type { Theme, Tone } from '../paint/theme.ts';
import { openField } from '../state/field.ts';
import { runningOperation } from '../paint/operation.ts';
import { selectedApp, viewOf } from '../state/select.ts';
import { questionOf } from '../state/question.ts';
import { hindrance, wishOf } from '../state/sheet.ts';
import type { DashState, Field, Notice, Sheet } from '../state/state.ts';

interface BottomProps {
  readonly lines: readonly BottomLine[];
  readonly width: number;
  readonly theme: Theme;
}

/** One row, and the cell of it in which the cursor of a text field stands. */
export interface BottomLine {
  readonly text: string;
  readonly tone: Tone;
  readonly cursor?: number;
}

const STEERING = ['pause', 'abort', 'finish', 'rollback'] as const;
/** Below this size every row is for the table. */
const SMALLEST = { rows: 10, columns: 40 } as const;

export function Bottom({ lines, width, theme }: BottomProps) {
  return (
    <Box flexDirection="column" width={width} height={lines.length} flexShrink={0}>
      {lines.map(({ text, tone }, at) => (
        <Text key={at} wrap="truncate">
          {theme.paint(fit(text, width).trimEnd(), tone, 'normal')}
        </Text>
      ))}
    </Box>
  );
}

/** What stands there now. Pure, so that the rows above know what is left for them. */
export function bottomLines(state: DashState): readonly BottomLine[] {
  const { sheet, field, columns, rows } = state;
  if (sheet) return sheetLines(state, sheet, rows < 20);
  const small = rows < SMALLEST.rows || columns < SMALLEST.columns;
  if (field) {
    const line = fieldLine(` ${SIGNS[field.purpose]}`, field, columns);
    return small ? [line] : [line, { text: HINTS[field.purpose], tone: 'muted' }];
  }
  const notice = state.notice === null ? [] : [noticeLine(state.notice)];
  return small
    ? notice
    : [...notice, { text: keyBar(viewOf(state), columns, state.readOnly, idleCommands(state)), tone: 'muted' }];
}

/** Keys that steer a rollout, where there is none to steer. */
function idleCommands(state: DashState): readonly Command[] {
  if (viewOf(state) !== 'rollout') return [];
  const app = selectedApp(state);
  const runs = app !== null && runningOperation(app) !== null;
  return STEERING.filter((command) => {
    // What runs is aborted; going back is for afterwards.
    if (command === 'rollback' && runs) return true;
    const wish = wishOf(state, command);
    return wish === null || hindrance(state, wish) !== null;
  });
}

function noticeLine({ text, tone }: Notice): BottomLine {
  return { text: ` ${text}`, tone: tone === 'bad' ? 'bad' : 'strong' };
}

const SIGNS: Readonly<Record<Field['purpose'], string>> = {
  filter: '/',
  search: '/',
  keep: '&',
  command: ':',
  name: '',
};

const HINTS: Readonly<Record<Field['purpose'], string>> = {
  filter: ' enter keeps the filter  esc takes it back',
  search: ' enter, then n next  N previous  esc takes it back',
  keep: ' !x without x  /x/ a pattern  enter keeps it  esc takes it back',
  command: ' tab completes  ↑ earlier ones  enter does it  esc',
  name: '',
};

/** Of a text that is too long the part at the cursor. */
function fieldLine(sign: string, { text, cursor }: Field, columns: number): BottomLine {
  const chars = Array.from(clean(text));
  let from = 0;
  while (widthOf(sign + chars.slice(from, cursor).join('')) > columns - 2) from += 1;
  const before = sign + chars.slice(from, cursor).join('');
  return { text: before + chars.slice(cursor).join(''), tone: 'plain', cursor: widthOf(before) };
}

/** A band over the whole width; the table above stays visible. On a low screen without empty rows and the second sentence. */
function sheetLines(state: DashState, sheet: Sheet, low: boolean): readonly BottomLine[] {
  const { title, names, lines, same, word } = questionOf(state, sheet);
  const shown = [...(names === null ? [] : [names]), ...(low ? lines.slice(0, 1) : lines)];
  const said = shown.flatMap((line) => wrap(`   ${line}`, state.columns - 1, '   '));
  const { field } = state;
  const name = field?.purpose === 'name' ? field : null;
  const typed = `   Type ${word ?? ''} to confirm: `;
  const answer: readonly BottomLine[] =
    word === null
      ? [{ text: ' y yes  n no  (enter does nothing)', tone: 'strong' }]
      : [
          fieldLine(typed, name ?? openField('name', ''), state.columns),
          { text: ' enter, once it is typed  esc cancel', tone: 'strong' },
        ];
  const gap: readonly BottomLine[] = low ? [] : [{ text: '', tone: 'plain' }];
  return [
    { text: '─'.repeat(state.columns), tone: 'muted' },
    { text: ` ${title}`, tone: 'strong' },
    ...said.map((text): BottomLine => ({ text, tone: 'plain' })),
    { text: `   Same as: ${same}`, tone: 'muted' },
    ...gap,
    ...answer,
  ];
}

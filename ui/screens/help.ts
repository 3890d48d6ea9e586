// Every key of the screen that it was asked from, and what the signs mean.
import { bindingsFor, type Group, type KeyBinding, type View } from '../keys.ts';
import { apart, type Line, renderLine, span } from '../paint/line.ts';
import { fit } from '../paint/text.ts';
import type { Theme } from '../paint/theme.ts';
import { spotOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { page, rangeText } from './page.ts';

const GROUPS: readonly Group[] = ['MOVE', 'LOOK', 'FIND', 'LOGS', 'CHANGE', 'OTHER'];
const STATES = [
  '● online',
  '◐ starting',
  '◑ draining',
  '◌ standby',
  '⟳ rollout',
  '▲ backoff',
  '✖ errored',
  '○ stopped',
  '? unknown',
];
/** Two columns from this width on. */
const WIDE = 96;
const KEY_CELLS = 12;

export function paintHelp(state: DashState, width: number, height: number, theme: Theme): string[] {
  const from = state.trail.at(-2)?.view ?? 'overview';
  const lines = helpLines(from, state.readOnly, width);
  const room = Math.max(0, height - 1);
  const first = Math.max(0, Math.min(spotOf(state).row, lines.length - room));
  const shown = lines.slice(first, first + room);
  const place = lines.length > room ? rangeText(first, shown.length, lines.length) : '';
  const head = apart([span('zdm', 'strong'), span(` › help   keys of: ${from}`)], [span(place, 'muted')], width);
  return page(
    [renderLine(head, width, theme)],
    shown.map((line) => renderLine(line, width, theme)),
    [],
    height,
  );
}

/** Side by side where there is room. */
function helpLines(view: View, readOnly: boolean, width: number): readonly Line[] {
  const blocks = GROUPS.flatMap((group) => {
    const keys = bindingsFor(view, readOnly).filter((binding) => binding.group === group);
    return keys.length === 0 ? [] : [blockOf(group, keys)];
  });
  const signs = [[span(` ${STATES.slice(0, 5).join('  ')}`)], [span(` ${STATES.slice(5).join('  ')}`)]];
  if (width < WIDE) return [...blocks.flat(), ...signs];
  const half = Math.ceil(blocks.flat().length / 2);
  const left: Line[] = [];
  const right: Line[] = [];
  for (const block of blocks) (left.length + block.length / 2 <= half ? left : right).push(...block);
  const cells = Math.floor(width / 2);
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, at): Line => {
    const text = (left[at] ?? []).map((one) => one.text).join('');
    return [span(fit(text, cells), left[at]?.[0]?.tone ?? 'plain'), ...(right[at] ?? [])];
  });
  return [...rows, ...signs];
}

function blockOf(group: Group, keys: readonly KeyBinding[]): readonly Line[] {
  return [
    [span(` ${group}`, 'strong')],
    ...keys.map(({ label, help }): Line => [span(`   ${fit(label, KEY_CELLS)} ${help}`)]),
    [],
  ];
}

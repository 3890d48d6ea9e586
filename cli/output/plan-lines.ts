// What `zdm start <file>` would do, as a table with a line for each reason.
import { clean, widthOf, wrap } from '../../ui/paint/text.ts';
import { renderLines } from '../../ui/paint/line.ts';
import { type Column, layTable } from '../../ui/paint/table.ts';
import type { Theme, Tone } from '../../ui/paint/theme.ts';
import type { Difference } from '../plan/differences.ts';
import type { PlanAction, PlanEntry } from '../plan/plan.ts';

interface Look {
  readonly width: number;
  readonly theme: Theme;
}

/** One line of the table; only the first of an app names it. */
interface Row {
  readonly app: string;
  readonly action: string;
  readonly why: string;
  readonly tone: Tone;
}

const ACTIONS: Readonly<Record<PlanAction, { readonly word: string; readonly sum: string; readonly tone: Tone }>> = {
  start: { word: 'start', sum: 'to start', tone: 'good' },
  reload: { word: 'reload', sum: 'to reload', tone: 'busy' },
  restart: { word: 'restart', sum: 'to restart', tone: 'warn' },
  scale: { word: 'scale', sum: 'to scale', tone: 'busy' },
  leave: { word: 'left alone', sum: 'left alone', tone: 'muted' },
  refuse: { word: 'refused', sum: 'refused', tone: 'bad' },
};

/** Narrower than this (cells) no reason is broken. */
const NARROWEST = 30;

const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', text: ({ app }) => app },
  { key: 'action', text: ({ action }) => action, tone: ({ tone }) => tone },
  { key: 'why', text: ({ why }) => why },
];

/** `command` is what does it. */
export function planLines(entries: readonly PlanEntry[], command: string, { width, theme }: Look): string[] {
  const rows = entries.map((entry) => ({ entry, app: clean(entry.app), action: actionText(entry) }));
  const widest = (cells: readonly string[]): number => Math.max(...cells.map(widthOf));
  const before =
    widest(['name', ...rows.map(({ app }) => app)]) + widest(['action', ...rows.map(({ action }) => action)]);
  const room = Math.max(NARROWEST, width - before - 4);
  const lines = rows.flatMap(({ entry, app, action }) =>
    reasonsOf(entry)
      .flatMap((reason) => wrap(reason, room, '  '))
      .map((why, at): Row => {
        const tone = ACTIONS[entry.actions[0] ?? 'leave'].tone;
        return at === 0 ? { app, action, why, tone } : { app: '', action: '', why, tone };
      }),
  );
  const table = layTable(COLUMNS, lines, Infinity, 0);
  return [...renderLines(table.lines, Infinity, theme).map((line) => line.trimEnd()), '', sumLine(entries, command)];
}

// `kill_timeout 5s → 10s`; of what is not to be shown, that it changed. Of variables only the names.
function differenceLines(differences: readonly Difference[]): readonly string[] {
  const variables = differences.filter(({ field }) => field.startsWith('env.'));
  const names = variables.map(({ field, change }) => `${field.slice('env.'.length)} ${change}`);
  return [
    ...differences.filter((one) => !variables.includes(one)).map(differenceText),
    ...(names.length === 0 ? [] : [`env: ${names.join(', ')}`]),
  ];
}

function differenceText({ field, change, from, to }: Difference): string {
  return from === null && to === null ? `${field} ${change}` : `${field} ${from ?? 'none'} → ${to ?? 'none'}`;
}

function reasonsOf({ reason, differences }: PlanEntry): readonly string[] {
  return [...(reason === '' ? [] : [reason]), ...differenceLines(differences)].map((text) => clean(text));
}

function actionText({ actions }: PlanEntry): string {
  return actions.map((action) => ACTIONS[action].word).join(' + ');
}

function sumLine(entries: readonly PlanEntry[], command: string): string {
  const counts = Object.entries(ACTIONS).flatMap(([action, { sum }]) => {
    const count = entries.filter(({ actions }) => actions.includes(action as PlanAction)).length;
    return count === 0 ? [] : [`${count} ${sum}`];
  });
  const isRefused = entries.some(({ actions }) => actions.includes('refuse'));
  return `${counts.join(', ')}. ${isRefused ? `This would fail: ${command}` : `To do it: ${command}`}`;
}

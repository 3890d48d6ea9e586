// Below 40x8: what can still be said, and that the keys go on working.
import { sortedApps } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import type { Theme } from '../paint/theme.ts';
import { sums } from './header.ts';
import { appLabel } from './label.ts';
import { type Line, renderLine, span } from '../paint/line.ts';
import { page } from './page.ts';

export function paintTiny(state: DashState, width: number, height: number, theme: Theme): string[] {
  const lost = state.link.phase === 'lost';
  const head: Line = lost
    ? [span('zdm ', 'strong'), span('NO DAEMON', 'bad')]
    : [span('zdm', 'strong'), ...sums(state, width)];
  // The selected app first: it is the one that keys act on.
  const apps = sortedApps(state).toSorted(
    (a, b) => Number(b.name === state.selected) - Number(a.name === state.selected),
  );
  const lines = apps.map((app): Line => {
    const { text, tone } = appLabel(app);
    return [
      span(app.name === state.selected ? '>' : ' '),
      span(`${text.slice(0, 1)} `, tone),
      span(`${app.name} ${app.up}/${app.wanted}`),
    ];
  });
  const foot: Line = [span('q quit  40x8 shows the table', 'muted')];
  const draw = (line: Line): string => renderLine(line, width, theme, lost ? 'stale' : 'normal');
  return page([renderLine(head, width, theme)], lines.map(draw), height > 2 ? [draw(foot)] : [], height);
}

import { Text } from 'ink';
import { keyBar, type Place } from '../keys.ts';
import type { Theme } from '../paint/theme.ts';

/** What can be pressed here. Only a handful of texts ever occur, so Ink may keep them. */
export function KeyBar({
  place,
  width,
  theme,
}: {
  readonly place: Place;
  readonly width: number;
  readonly theme: Theme;
}) {
  return <Text wrap="truncate">{theme.paint(keyBar(place, width), 'muted', 'normal')}</Text>;
}

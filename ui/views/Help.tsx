import { Box, Text } from 'ink';
import { KEYS, type KeyBinding } from '../keys.ts';
import { fit } from '../paint/text.ts';
import type { Theme } from '../paint/theme.ts';

const GROUPS: readonly KeyBinding['group'][] = ['MOVE', 'LOOK', 'CHANGE', 'OTHER'];
const LAST = 99;
const STATES = '● online  ◐ starting  ◑ draining  ⟳ reload  ▲ backoff  ✖ errored  ○ stopped';

interface HelpProps {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

/** Every key of the key table. Groups get blank lines between them where there is room. */
export function Help({ width, height, theme }: HelpProps) {
  const lines = helpLines(height);
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      {lines.map(({ text, title }, at) => (
        <Text key={at} wrap="truncate">
          {theme.paint(fit(text, width), title ? 'strong' : 'plain', 'normal')}
        </Text>
      ))}
    </Box>
  );
}

function helpLines(height: number): readonly { text: string; title: boolean }[] {
  const head = { text: 'zdm › help', title: true };
  const states = { text: ` ${STATES}`, title: false };
  const roomy = height >= KEYS.length + 2 * GROUPS.length + 3;
  if (!roomy) return [head, ...mostWanted(height - 1).map(keyLine), states].slice(0, height);
  const groups = GROUPS.flatMap((group) => [
    { text: '', title: false },
    { text: ` ${group}`, title: true },
    ...KEYS.filter((binding) => binding.group === group).map(keyLine),
  ]);
  return [head, ...groups, { text: '', title: false }, states];
}

/** In the order of the table; where there is too little room, those of the key bar stay. */
function mostWanted(count: number): readonly KeyBinding[] {
  const ranked = KEYS.toSorted((a, b) => (a.bar?.rank ?? LAST) - (b.bar?.rank ?? LAST));
  const kept = new Set(ranked.slice(0, Math.max(0, count)));
  return KEYS.filter((binding) => kept.has(binding));
}

function keyLine({ label, help }: KeyBinding): { text: string; title: boolean } {
  return { text: `  ${fit(label, 10)} ${help}`, title: false };
}

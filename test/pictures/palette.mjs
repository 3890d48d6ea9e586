// PURE: the colours of a terminal, made for a dark ground.

const NAMED = [
  ['#484f58', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#b1bac4'],
  ['#6e7681', '#ffa198', '#7ee787', '#f2cc60', '#a5d6ff', '#e2c5ff', '#b3f0ff', '#ffffff'],
].flat();

/** `color` as the emulator has it: an index of the palette, `#rrggbb`, or null for the usual one, which stays null. */
export function paletteColor(color) {
  if (typeof color !== 'number') return color;
  if (color < 16) return NAMED[color];
  if (color >= 232) return hex(Array.from({ length: 3 }, () => 8 + (color - 232) * 10));
  const cube = color - 16;
  return hex(
    [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => (step === 0 ? 0 : 55 + step * 40)),
  );
}

function hex(parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

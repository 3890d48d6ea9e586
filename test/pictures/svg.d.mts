/** One cell of a screen. The second half of a wide character has the width 0. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  /** An index of the palette, `#rrggbb`, or null: the usual one. */
  readonly fg: number | string | null;
  readonly bg: number | string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

export function svgOf(rows: readonly (readonly Cell[])[], title: string): string;

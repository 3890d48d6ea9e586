// PURE: from the cells of a screen to a picture. Every run of text has its place and its width, whatever font there is.
import { paletteColor } from './palette.mjs';

const CELL = { width: 8.4, height: 18 };
const FONT_SIZE = 14;
/** From the top of a row to the line that the letters stand on. */
const BASELINE = 13.5;
const MARGIN = 14;
const INK = '#d5d9e0';
const PAPER = '#15181e';
const EDGE = '#30363d';
const FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";
const SHADES = { '░': 0.25, '▒': 0.5, '▓': 0.75 };

/** @type {(rows: readonly (readonly import('./svg.d.mts').Cell[])[], title: string) => string} */
export function svgOf(rows, title) {
  const columns = Math.max(...rows.map((row) => row.reduce((sum, { width }) => sum + width, 0)));
  const width = round(columns * CELL.width + 2 * MARGIN);
  const height = round(rows.length * CELL.height + 2 * MARGIN);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${PAPER}" stroke="${EDGE}"/>`,
    `<g font-family="${FONTS}" font-size="${FONT_SIZE}" xml:space="preserve">`,
    ...rows.flatMap((row, at) => rowOf(row, MARGIN + at * CELL.height)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function rowOf(row, y) {
  const runs = runsOf(row);
  // Backgrounds first: a letter may reach over its cell.
  return [...runs.map((run) => background(run, y)), ...runs.map((run) => foreground(run, y))].filter(
    (part) => part !== '',
  );
}

/** Neighbours of the same look as one; what is not ASCII stands alone, as its font may have another width. */
function runsOf(row) {
  const runs = [];
  let column = 0;
  for (const cell of row) {
    const look = lookOf(cell);
    const alone = !/^[ -~]$/.test(cell.text);
    const last = runs.at(-1);
    if (last !== undefined && !alone && !last.alone && last.key === JSON.stringify(look)) {
      last.text += cell.text;
      last.cells += cell.width;
    } else if (cell.width > 0) {
      runs.push({ text: cell.text, column, cells: cell.width, look, key: JSON.stringify(look), alone });
    }
    column += cell.width;
  }
  return runs;
}

function lookOf({ fg, bg, bold, dim, italic, underline, inverse }) {
  const ink = paletteColor(fg) ?? INK;
  const paper = paletteColor(bg);
  return {
    ink: inverse ? (paper ?? PAPER) : ink,
    paper: inverse ? ink : paper,
    bold,
    dim: dim && !inverse,
    italic,
    underline,
  };
}

function background({ column, cells, look: { paper } }, y) {
  return paper === null ? '' : rect(column, y, cells * CELL.width, CELL.height, `fill="${paper}"`);
}

function foreground(run, y) {
  const { text, column, look } = run;
  if (text.trim() === '' && !look.underline) return '';
  const fill = `fill="${look.ink}"${look.dim ? ' fill-opacity="0.6"' : ''}`;
  return block(text, column, y, look) ?? letters(run, y, fill);
}

/** Bars and shades as what they are: exactly their part of the cell. */
function block(text, column, y, { ink, dim }) {
  const code = text.codePointAt(0);
  const opacity = (SHADES[text] ?? 1) * (dim ? 0.6 : 1);
  const fill = `fill="${ink}"${opacity < 1 ? ` fill-opacity="${round(opacity)}"` : ''}`;
  if (text in SHADES || text === '█') return rect(column, y, CELL.width, CELL.height, fill);
  if (code >= 0x2581 && code <= 0x2587) {
    const height = ((code - 0x2580) / 8) * CELL.height;
    return rect(column, y + CELL.height - height, CELL.width, height, fill);
  }
  if (code >= 0x2589 && code <= 0x258f) return rect(column, y, ((0x2590 - code) / 8) * CELL.width, CELL.height, fill);
  return null;
}

function letters({ text, column, cells, look, alone }, y, fill) {
  const styles = [
    look.bold ? ' font-weight="bold"' : '',
    look.italic ? ' font-style="italic"' : '',
    look.underline ? ' text-decoration="underline"' : '',
  ].join('');
  const width = cells * CELL.width;
  const x = MARGIN + column * CELL.width;
  const place = alone
    ? `x="${round(x + width / 2)}" text-anchor="middle"`
    : `x="${round(x)}" textLength="${round(width)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text ${place} y="${round(y + BASELINE)}" ${fill}${styles}>${escape(text)}</text>`;
}

/** Colours meet without a seam. */
function rect(column, y, width, height, fill) {
  const x = round(MARGIN + column * CELL.width);
  return `<rect x="${x}" y="${round(y)}" width="${round(width)}" height="${round(height)}" shape-rendering="crispEdges" ${fill}/>`;
}

function round(value) {
  return Math.round(value * 100) / 100;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

// A program in a pseudo-terminal, and the cells of its screen.
import pty from '@lydell/node-pty';
import headless from '@xterm/headless';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ columns: number, rows: number, cwd: string, env: Record<string, string | undefined> }} options
 */
export function openTerminal(file, args, { columns, rows, cwd, env }) {
  const emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
  const child = pty.spawn(file, [...args], { name: 'xterm-256color', cols: columns, rows, cwd, env });
  child.onData((data) => emulator.write(data));
  const text = () =>
    cellsOf(emulator)
      .map((row) =>
        row
          .map((cell) => cell.text)
          .join('')
          .trimEnd(),
      )
      .join('\n');
  return {
    text,
    cells: () => cellsOf(emulator),
    press: (keys) => child.write(keys),
    /** Waits until the screen looks like `wanted`. */
    async shows(wanted, within = 30_000) {
      const started = performance.now();
      while (!wanted.test(text())) {
        if (performance.now() - started > within) throw new Error(`${wanted} is not on the screen:\n${text()}`);
        await pause(20);
      }
    },
    close() {
      child.kill();
      emulator.dispose();
    },
  };
}

/** @returns {import('./svg.d.mts').Cell[][]} */
function cellsOf(emulator) {
  const buffer = emulator.buffer.active;
  return Array.from({ length: emulator.rows }, (_, row) => {
    const line = buffer.getLine(buffer.viewportY + row);
    return Array.from({ length: emulator.cols }, (_cell, column) => cellOf(line.getCell(column)));
  });
}

function cellOf(cell) {
  const rgb = (value) => `#${value.toString(16).padStart(6, '0')}`;
  const fg = cell.isFgRGB() ? rgb(cell.getFgColor()) : cell.getFgColor();
  const bg = cell.isBgRGB() ? rgb(cell.getBgColor()) : cell.getBgColor();
  return {
    text: cell.getChars() || ' ',
    width: cell.getWidth(),
    fg: cell.isFgDefault() ? null : fg,
    bg: cell.isBgDefault() ? null : bg,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}

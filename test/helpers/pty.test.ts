// The terminal must show what a program draws, and tell what it left behind.
import { expect, test } from 'vitest';
import { openTerminal } from './pty.ts';

const PROGRAM = `
  process.stdout.write('\\x1b[?1049h\\x1b[?25l\\x1b[?7l');
  const draw = () => process.stdout.write('\\x1b[2J\\x1b[H' + process.stdout.columns + 'x' + process.stdout.rows + '\\r\\nlast: ' + last);
  let last = 'none';
  process.stdin.setRawMode(true).on('data', (data) => {
    last = JSON.stringify(String(data));
    if (String(data) === 'q') {
      process.stdout.write(process.argv[1] === 'tidy' ? '\\x1b[?7h\\x1b[?25h\\x1b[?1049l' : '');
      process.exit(4);
    }
    draw();
  });
  process.stdout.on('resize', draw);
  draw();
`;

test('screen, keys, resize and a tidy end', async () => {
  const terminal = openTerminal(process.execPath, ['-e', PROGRAM, 'tidy']);
  await terminal.waitForText('80x24');
  expect(terminal.buffer()).toBe('alternate');
  expect(terminal.modes()).toMatchObject({ cursorHidden: true, wrapOff: true, alternateScreen: true });
  terminal.press('ArrowDown');
  await terminal.waitForText('"\\u001b[B"');
  terminal.resize(120, 40);
  await terminal.waitForText(/^120x40$/m);
  expect(terminal.screen()).toHaveLength(40);
  terminal.press('q');
  expect(await terminal.exited()).toMatchObject({ code: 4 });
  expect(terminal.buffer()).toBe('normal');
  expect(terminal.modes()).toEqual({
    cursorHidden: false,
    wrapOff: false,
    alternateScreen: false,
    bracketedPaste: false,
    mouse: false,
  });
});

test('a program that leaves the terminal as it was using it', async () => {
  const terminal = openTerminal(process.execPath, ['-e', PROGRAM, 'untidy'], { columns: 60, rows: 10 });
  await terminal.waitForText('60x10');
  terminal.press('q');
  await terminal.exited();
  expect(terminal.modes()).toMatchObject({ cursorHidden: true, wrapOff: true, alternateScreen: true });
  await expect(terminal.waitForText('never', 50)).rejects.toThrow('never on the screen');
});

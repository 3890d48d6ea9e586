// Promise: whatever an app prints and whatever the terminal is, the dashboard shows it harmlessly, or lines instead of a screen.
import { describe, expect, test } from 'vitest';
import { isLive, openDash } from '../helpers/dash.ts';
import { freePort } from '../helpers/ports.ts';
import { openTerminal } from '../helpers/pty.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

const LONG = 30_000;

/** Clears the screen, moves the cursor, writes to the clipboard, rings, prints a line of a megabyte; then counts fast. */
const NASTY = String.raw`
const evil = ['\x1b[2J\x1b[H wiped', '\x1b]52;c;ZXZpbA==\x07 clip', '\x9b31m eight bit', 'bell\x07 here', '\x1b[?1049l left', 'a\rb', '支付 👩‍👩‍👧‍👦 가'];
for (const line of evil) console.log(line);
console.log('x'.repeat(1024 * 1024));
let n = 0;
setInterval(() => {
  if (n >= 100000) return;
  let text = '';
  for (let i = 0; i < 2000; i += 1) text += 'flood ' + (n += 1) + '\n';
  process.stdout.write(text);
}, 20);
`;

test('an app that prints escape sequences, a megabyte in one line and 100,000 lines changes nothing but the lines of its logs', async () => {
  const box = sandbox();
  await box.ok(['start', box.writeApp(NASTY, 'nasty.cjs'), '--name', 'nasty', '--listen-timeout', '500']);
  const terminal = openDash(box, 100, 30, { CI: '1' });
  await terminal.waitForScreen(isLive, 'a live dashboard, although CI is set', LONG);
  terminal.press('l');
  await terminal.waitForText(/nasty › logs/, LONG);
  await terminal.waitForText(/flood 100000/, LONG);
  // Scrolling up to the oldest line that is kept, and back to the end.
  terminal.press('g');
  await terminal.waitForText(/PAUSED/, LONG);
  terminal.press('/');
  await terminal.waitForText(/^ \//m);
  terminal.press('99999');
  await terminal.waitForText(/1 of 1|1 match/, LONG);
  terminal.press('Enter');
  terminal.press('G');
  await terminal.waitForText(/following/, LONG);
  const sent = terminal.raw().slice(terminal.raw().indexOf('\u001B[?1049h') + 8);
  for (const sequence of ['\u001B]52', '\u0007', '\u009B', '\u001B[?1049l']) expect(sent).not.toContain(sequence);
  expect(terminal.buffer()).toBe('alternate');
  terminal.press('Ctrl-C');
  await terminal.waitForText('left with 0', LONG);
});

test('what an app printed at its start is harmless, too', async () => {
  const box = sandbox();
  const quiet = NASTY.slice(0, NASTY.indexOf('let n'));
  await box.ok([
    'start',
    box.writeApp(`${quiet}setInterval(() => {}, 1000);`, 'nasty.cjs'),
    '--name',
    'nasty',
    '--listen-timeout',
    '500',
  ]);
  const terminal = openDash(box, 100, 30, {}, ['nasty']);
  await terminal.waitForText(/nasty +● online/, LONG);
  terminal.press('l');
  await terminal.waitForText(/ clip/, LONG);
  for (const text of [' wiped', 'bell\\x07 here', ' left', '支付']) expect(terminal.text()).toContain(text);
  expect(terminal.screen()[0]).toMatch(/^zdm .*› nasty › logs/);
  terminal.press('q', 'q', 'q');
  await terminal.waitForText('left with 0', LONG);
});

describe('terminals that can do less', () => {
  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }, []],
    ['--no-color, although FORCE_COLOR is set', { FORCE_COLOR: '1' }, ['--no-color']],
  ])('%s: no colour', async (_, env, args) => {
    const box = sandbox();
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const terminal = openDash(box, 80, 24, env, args);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    const screen = terminal.raw().slice(terminal.raw().indexOf('\u001B[?1049h'));
    expect(screen).not.toMatch(new RegExp(String.raw`\u001B\[[\d;]*3\d`));
    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);
  });

  test.each([
    ['a locale that is not UTF-8', { LC_ALL: 'C' }, []],
    ['the console of Linux', { TERM: 'linux' }, []],
    ['--ascii', {}, ['--ascii']],
  ])('%s: only ASCII', async (_, env, args) => {
    const box = sandbox();
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const terminal = openDash(box, 80, 24, env, args);
    await terminal.waitForScreen(isLive, 'a live dashboard', LONG);
    await terminal.waitForText(/\* online/);
    expect(terminal.text()).toMatch(/^[ -~\n]*$/);
    terminal.press('q');
    await terminal.waitForText('left with 0', LONG);
  });
});

describe('lines instead of a screen', () => {
  test('--plain in a terminal: what happens, in lines; commands are typed', async () => {
    const box = sandbox();
    const port = await freePort();
    await box.ok(['start', box.copyFixture('http.js'), '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
    const terminal = openTerminal(process.execPath, [box.cli, 'dash', '--plain'], {
      columns: 120,
      rows: 40,
      cwd: box.work,
      env: { ...box.env, LC_ALL: 'C.UTF-8' },
    });
    await terminal.waitForText(/2 of 2 workers online/, LONG);
    terminal.press('reload api', 'Enter');
    await terminal.waitForText(/Started: reload of api/, LONG);
    await terminal.waitForText(/api .*slot 0.*ready after/, LONG);
    await terminal.waitForText(/api .*done in/, LONG);
    terminal.press('relod api', 'Enter');
    await terminal.waitForText('"relod" is not a command here.');
    for (const sequence of ['\u001B[?1049h', '\u001B[?25l', '\u001B[H', '\u001B[2J'])
      expect(terminal.raw()).not.toContain(sequence);
    terminal.press('Ctrl-D');
    expect(await terminal.exited(LONG)).toMatchObject({ code: 0 });
  });

  test('a dumb terminal gets them without asking', async () => {
    const box = sandbox();
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const terminal = openDash(box, 80, 24, { TERM: 'dumb' });
    await terminal.waitForText(/1 of 1 workers? online/, LONG);
    expect(terminal.raw()).not.toContain('\u001B');
    terminal.press('Ctrl-D');
    await terminal.waitForText('left with 0', LONG);
  });

  test('into a pipe that closes: it ends', async () => {
    const box = sandbox();
    await box.ok(['start', box.copyFixture('background.js'), '--name', 'job', '--listen-timeout', '200']);
    const terminal = openTerminal(
      '/bin/sh',
      ['-c', '"$@" --plain | head -n 1; echo ended', 'sh', process.execPath, box.cli, 'dash'],
      {
        columns: 120,
        rows: 20,
        env: { ...box.env, LC_ALL: 'C.UTF-8' },
      },
    );
    await terminal.waitForText(/1 of 1 workers? online/, LONG);
    await box.ok(['restart', 'job']);
    await until(() => terminal.text().includes('ended'), { within: LONG, message: () => terminal.text() });
  });
});

// Promise: `zdm logs` shows what the apps printed, line by line, as it comes, and nothing that a terminal could obey.
import { appendFileSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

async function startPrinter(box: Sandbox, name: string, env: Record<string, string> = {}): Promise<void> {
  const script = box.copyFixture('prints.js', name);
  await box.ok(['start', script, '-n', name, '--listen-timeout', '300'], { env: { LONG: '100', ...env } });
}

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

test('the last lines: of each file, as many as asked for, of one stream, of a stopped app too', async () => {
  const box = sandbox();
  await startPrinter(box, 'one', { LINES: '30' });
  const all = linesOf(await box.ok(['logs', '--no-follow']));
  expect(all.filter((line) => /^one err {2}err \d+$/.test(line))).toHaveLength(15);
  expect(all.filter((line) => /^one out {2}/.test(line))).toHaveLength(15);
  const two = ['one out  out 30', `one out  long ${'x'.repeat(100)} end`];
  expect(linesOf(await box.ok(['logs', 'one', '--lines', '2', '--out', '--no-follow']))).toEqual(two);
  expect(linesOf(await box.ok(['logs', '0', '-n', '1', '--err', '--no-follow']))).toEqual(['one err  err 30']);
  expect(await box.ok(['logs', 'one', '--lines', '0', '--no-follow'])).toBe('');
  expect(linesOf(await box.ok(['logs', '--lines', '1000', '--err', '--raw', '--no-follow']))).toEqual(
    Array.from({ length: 30 }, (_, index) => `err ${index + 1}`),
  );
  await box.ok(['stop', 'one']);
  // What was left without an end of line is there when the program has ended.
  expect(linesOf(await box.ok(['logs', 'one', '-n', '1', '--out', '--no-follow']))).toEqual([
    'one out  no end of line',
  ]);
  await box.ok(['kill']);
  expect(await box.ok(['logs', 'one', '-n', '1', '--err', '--no-follow'])).toBe('one err  err 30\n');
});

test('followed: new lines of several apps appear; a rotated file goes on; Ctrl-C ends it', async () => {
  const box = sandbox();
  await startPrinter(box, 'one', { LINES: '1' });
  await startPrinter(box, 'two', { LINES: '1' });
  const live = box.spawnZdm(['logs']);
  await live.waitFor('two out  out 1');
  const { spec } = await box.app('one');
  appendFileSync(spec.outFile, 'one more\nhalf a li');
  appendFileSync((await box.app('two')).spec.errorFile, 'and another\n');
  await live.waitFor('one out  one more');
  await live.waitFor('two err  and another');
  expect(live.output).not.toContain('half a li');
  appendFileSync(spec.outFile, 'ne\n');
  await live.waitFor('one out  half a line\n');
  renameSync(spec.outFile, `${spec.outFile}.1`);
  appendFileSync(spec.outFile, 'after the rotation\n');
  await live.waitFor('one out  after the rotation');
  live.kill('SIGINT');
  expect((await live.ended()).stderr).toBe('');
});

test('followed while an app is deleted and another one comes: no error, no end', async () => {
  const box = sandbox();
  await startPrinter(box, 'one', { LINES: '1' });
  await startPrinter(box, 'two', { LINES: '1' });
  const live = box.spawnZdm(['logs']);
  await live.waitFor('one out  out 1');
  await box.ok(['delete', 'one']);
  appendFileSync((await box.app('two')).spec.outFile, 'still here\n');
  await live.waitFor('two out  still here');
  await box.ok(['restart', 'two']);
  await until(() => linesOf(live.stdout).filter((line) => line === 'two out  out 1').length === 2, {
    message: 'what the restarted app prints',
  });
  expect(live.stderr).toBe('');
});

test('four workers print at once: no line is mixed with another, none is lost', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.writeApp(`
    const slot = process.env.NODE_APP_INSTANCE;
    const name = 'abcd'[slot];
    let i = 0;
    const print = () => {
      // In pieces, as a program does that writes to a pipe.
      for (let n = 0; n < 20; n += 1) {
        i += 1;
        process.stdout.write(name + i + ' ');
        process.stdout.write(name.repeat(300));
        process.stdout.write(' end\\n');
      }
      if (i < 400) setImmediate(print);
    };
    require('node:http').createServer((request, response) => response.end('{}')).listen(process.env.PORT, print);`);
  await box.ok(['start', script, '-i', '4'], { env: { PORT: `${port}` } });
  const read = async (): Promise<string[]> =>
    linesOf(await box.ok(['logs', 'app', '-n', '5000', '--out', '--raw', '--no-follow']));
  await until(async () => (await read()).length >= 1600, { message: 'all 1600 lines are in the file' });
  const lines = await read();
  expect(lines.filter((line) => !/^([abcd])\d+ \1{300} end$/.test(line))).toEqual([]);
  for (const name of 'abcd') {
    const numbers = lines.filter((line) => line.startsWith(name)).map((line) => Number(/\d+/.exec(line)?.[0]));
    expect(numbers).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
  }
});

test('control characters do nothing to the terminal; --raw shows lines as they are', async () => {
  const box = sandbox();
  const port = await freePort();
  const evil = String.raw`\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u001b[0m\ttab \rover \u202ereverse\u0000`;
  const script = box.writeApp(`
    console.log("${evil}");
    require('node:http').createServer((request, response) => response.end('{"pid":1}')).listen(process.env.PORT);`);
  await box.ok(['start', script], { env: { PORT: `${port}` } });
  await askFixture(port);
  expect(await box.ok(['logs', '--out', '--no-follow'])).toBe('app out  red  tab \\x0dover reverse\\x00\n');
  expect(await box.ok(['logs', '--out', '--no-follow', '--raw'])).toBe(`${JSON.parse(`"${evil}"`)}\n`);
});

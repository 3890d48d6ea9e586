import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { launchDetached, type Launch } from '../../../daemon/os/launch.ts';
import { isAlive, killHard } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';
import { compile, PLAIN_ENVIRONMENT, start } from '../program.ts';
import { tempFolder } from '../temp-folder.ts';

function launchOf(code: string, more: Partial<Launch> = {}): Launch {
  const folder = tempFolder();
  const script = path.join(folder, 'script.mjs');
  writeFileSync(script, code);
  return { script, args: [], env: PLAIN_ENVIRONMENT, cwd: folder, log: path.join(folder, 'log'), input: '', ...more };
}

describe('a launched process', () => {
  test('gets its arguments, environment, folder and input, and its stderr is in the log', async () => {
    const code = `
      import { text } from 'node:stream/consumers';
      const input = await text(process.stdin);
      console.log('to nobody');
      console.error(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), env: process.env.A, home: process.env.HOME, input }));`;
    const input = 'ü'.repeat(200_000);
    const launch = launchOf(code, { args: ['one', 'two words'], env: { A: 'b' }, input });
    writeFileSync(launch.log, 'earlier\n');
    const { child } = await launchDetached(launch);
    const pid = child.pid!;
    const line = await until(() => /^earlier\n(.*)\n/.exec(readFileSync(launch.log, 'utf8'))?.[1]);
    expect(JSON.parse(line)).toEqual({ args: ['one', 'two words'], cwd: launch.cwd, env: 'b', input });
    await until(() => !isAlive(pid));
    expect(readFileSync(launch.log, 'utf8')).not.toContain('to nobody');
  });

  test('has a log that only this user may read', async () => {
    const launch = launchOf('');
    await launchDetached(launch);
    expect(statSync(launch.log).mode & 0o777).toBe(0o600);
  });

  test('outlives who started it, and a Ctrl-C meant for that one', async () => {
    const folder = tempFolder();
    const launch = launchOf('console.error("up"); setInterval(() => {}, 1000);');
    const code = `import { launchDetached } from './os/launch.ts';
      const { child } = await launchDetached(${JSON.stringify(launch)});
      console.log('pid ' + child.pid + '.');`;
    const parent = start(await compile(folder, code));
    const pid = Number(await until(() => /pid (\d+)\./.exec(parent.output)?.[1]));
    onTestFinished(() => killHard(pid));
    // The parent ends by itself: a launched process does not hold it.
    expect(await parent.ended()).toBe(0);
    await until(() => readFileSync(launch.log, 'utf8').includes('up'));
    expect(isAlive(pid)).toBe(true);
    if (process.platform === 'linux') {
      const [, , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      expect([Number(group), Number(session)]).toEqual([pid, pid]);
    }
  });
});

describe('a launch that fails', () => {
  const event = JSON.stringify({ at: 'now', pid: 1, event: 'serving', error: 'Error: of another process' });

  test.each([
    ['an error', 'throw new TypeError("no such thing")', /exit code 1.*TypeError: no such thing/],
    ['an exit', 'console.error("one"); console.error("why it ends"); process.exit(7)', /exit code 7.*why it ends/],
    ['a signal', 'console.error("last words"); process.kill(process.pid, "SIGKILL")', /SIGKILL.*last words/],
    ['a syntax error', 'const = 1', /exit code 1.*SyntaxError/],
    ['silence', 'process.exit(3)', /exit code 3/],
    [
      'an event after its words',
      `console.error('Error: the reason'); console.error(${JSON.stringify(event)}); process.exit(3)`,
      /exit code 3.* Error: the reason$/,
    ],
    [
      'an event before its words',
      `console.error(${JSON.stringify(event)}); console.error('the reason'); process.exit(3)`,
      /exit code 3.* the reason$/,
    ],
  ])('%s: says how it ended, with its last words and where there is more', async (_title, code, message) => {
    const launch = launchOf(code);
    writeFileSync(launch.log, 'Error: of an earlier run\n');
    const { failed } = await launchDetached(launch);
    const error = await failed;
    expect(error).toMatchObject({ code: 'DAEMON_FAILED', hint: `See ${launch.log}` });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('earlier run');
  });

  test('an end without failure is none', async () => {
    const { child, failed } = await launchDetached(launchOf(''));
    let isFailed = false;
    void failed.then(() => (isFailed = true));
    await until(() => !isAlive(child.pid!));
    expect(isFailed).toBe(false);
  });

  test('a folder that is not there is said at once', async () => {
    await expect(launchDetached(launchOf('', { cwd: '/no/such/folder' }))).rejects.toMatchObject({
      code: 'DAEMON_FAILED',
      message: expect.stringContaining('Cannot start node') as string,
    });
  });
});

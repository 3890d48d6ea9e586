import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { identityOf, isAlive } from '../../../daemon/os/process-identity.ts';
import { until } from '../../helpers/until.ts';
import { start, type Program } from '../program.ts';
import { tempFolder } from '../temp-folder.ts';

function sleeper(title = ''): Program {
  const script = `${tempFolder()}/sleeper.mjs`;
  writeFileSync(
    script,
    `process.title = ${JSON.stringify(title)} || process.title; console.log('up'); setInterval(() => {}, 1000);`,
  );
  return start(script);
}

test('this process lives', () => {
  const me = identityOf(process.pid)!;
  expect(me.pid).toBe(process.pid);
  expect(isAlive(me)).toBe(true);
});

test('an identity can be written down and read again', () => {
  expect(isAlive(JSON.parse(JSON.stringify(identityOf(process.pid))))).toBe(true);
});

test('a process lives until it ends, a killed one too', async () => {
  const program = sleeper();
  await program.said('up');
  const identity = identityOf(program.pid)!;
  expect(identityOf(program.pid)).toEqual(identity);
  program.child.kill('SIGKILL');
  await program.ended();
  expect(isAlive(identity)).toBe(false);
  expect(identityOf(program.pid)).toBeNull();
});

test('another process with the same pid is another one', async () => {
  const program = sleeper();
  await program.said('up');
  const mine = identityOf(process.pid)!;
  expect(identityOf(program.pid)!.start).not.toBe(mine.start);
  expect(isAlive({ pid: program.pid, start: mine.start })).toBe(false);
});

test('a name with brackets and spaces does not confuse it', async () => {
  const program = sleeper('a) Z (b 1 2 3');
  await program.said('up');
  expect(isAlive(identityOf(program.pid)!)).toBe(true);
});

test.runIf(process.platform === 'linux')('a zombie is none', async () => {
  // The shell's child ends at once, and `exec` makes its parent one that never asks for it.
  const script = `${tempFolder()}/zombie.mjs`;
  writeFileSync(
    script,
    `import { spawn } from 'node:child_process';
     const shell = spawn('sh', ['-c', 'sh -c "echo \\\\$\\\\$" & exec sleep 30'], { stdio: ['ignore', 'inherit', 'inherit'] });
     process.on('SIGTERM', () => { shell.kill('SIGKILL'); process.exit(); });`,
  );
  const program = start(script);
  await until(() => /^\d+\n/.test(program.output));
  const pid = Number(program.output);
  await until(() => identityOf(pid) === null);
  expect(() => process.kill(pid, 0)).not.toThrow();
  program.child.kill('SIGTERM');
  await program.ended();
});

test.each([0, -1, 2 ** 30])('pid %d is no process', (pid) => expect(identityOf(pid)).toBeNull());

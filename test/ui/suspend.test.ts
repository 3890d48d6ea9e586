// The terminal in the hands of others. How the shell stops and continues us is in test/e2e/dash-in-a-shell.test.ts.
import type { EventEmitter } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { createSuspension, type Suspension } from '../../ui/suspend.ts';
import { until } from '../helpers/until.ts';

/** Signals are events of the process; here they come without a kill. */
const signals: EventEmitter = process;
const made: Suspension[] = [];
const TO_PROGRAM = ['with program', 'pause', 'leave'];
const BACK = ['with shell', 'pause', 'leave', 'enter', 'with us', 'resume'];

afterEach(() => {
  for (const one of made.splice(0)) one.dispose();
});

function suspension() {
  const story: string[] = [];
  const tell = (word: string) => (): void => void story.push(word);
  const one = createSuspension({
    terminal: { enter: tell('enter'), leave: tell('leave'), keys: process.stdin },
    screen: { pause: tell('pause'), resume: tell('resume') },
    endings: { terminalIsWith: (holder) => tell(`with ${holder}`)() },
  });
  made.push(one);
  return { ...one, story };
}

const NODE = process.execPath;

test('another program has the terminal until it has ended, and Ctrl-C is its own', async () => {
  const { runInTerminal, story } = suspension();
  expect(await runInTerminal(NODE, ['-e', 'process.exit(3)'])).toBe(3);
  expect(story).toEqual([...TO_PROGRAM, ...BACK]);
});

test('a program that a signal ended has no exit code', async () => {
  const { runInTerminal } = suspension();
  expect(await runInTerminal(NODE, ['-e', 'process.kill(process.pid, 9)'])).toBeNull();
});

test('a program that is not there: the terminal is ours again, and the caller hears of it', async () => {
  const { runInTerminal, story } = suspension();
  await expect(runInTerminal('/nowhere/less', [])).rejects.toThrow('ENOENT');
  expect(story).toEqual([...TO_PROGRAM, ...BACK]);
});

test('there is one such program at a time, and neither Ctrl-Z nor SIGCONT comes between', async () => {
  const { runInTerminal, suspend, story } = suspension();
  const running = runInTerminal(NODE, ['-e', '']);
  expect(await runInTerminal(NODE, ['-e', 'process.exit(3)'])).toBeNull();
  suspend();
  signals.emit('SIGCONT', 'SIGCONT', 18);
  expect(await running).toBe(0);
  expect(story).toEqual([...TO_PROGRAM, ...BACK]);
});

test('after a SIGSTOP, which nobody sees coming, everything is set up and drawn again', async () => {
  const { story } = suspension();
  signals.emit('SIGCONT', 'SIGCONT', 18);
  await until(() => story.includes('resume'));
  expect(story).toEqual(BACK);
});

test('SIGTERM and SIGCONT at once: it ends, and does not come back before', async () => {
  const { dispose, story } = suspension();
  signals.emit('SIGCONT', 'SIGCONT', 18);
  dispose();
  const ended = performance.now();
  await until(() => performance.now() - ended > 20);
  expect(story).toEqual([]);
});

test('when the dashboard has ended nothing comes back: not by SIGCONT, not after the other program, which is ended', async () => {
  const { runInTerminal, dispose, story } = suspension();
  const listeners = process.listenerCount('SIGTSTP');
  const running = runInTerminal(NODE, ['-e', 'setInterval(() => {}, 1000)']);
  dispose();
  await expect(running).rejects.toThrow('aborted');
  signals.emit('SIGCONT', 'SIGCONT', 18);
  expect(story).toEqual(TO_PROGRAM);
  expect(process.listenerCount('SIGTSTP')).toBe(listeners - 1);
});

// The built dashboard in a pseudo-terminal, and what can be measured of it from outside.
import pty from '@lydell/node-pty';
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cpuOf, memoryOf } from './proc.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const BEGIN = '\u001B[?2026h';
const END = '\u001B[?2026l';
const execute = promisify(execFile);

/**
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {{ columns: number, rows: number, env: Record<string, string | undefined>, args?: readonly string[] }} how `args` of
 *   node: the dashboard when nothing else is said
 */
export function openSession(workspace, { columns, rows, env, args = [CLI, 'dash'] }) {
  const started = performance.now();
  const child = pty.spawn(process.execPath, [...args], { name: 'xterm-256color', cols: columns, rows, env });
  const listeners = new Set();
  const seen = { bytes: 0, frames: 0 };
  let rest = '';
  child.onData((data) => {
    seen.bytes += Buffer.byteLength(data);
    const frames = (rest + data).split(END);
    rest = frames.pop();
    for (const frame of frames) {
      seen.frames += 1;
      for (const listener of listeners) listener(frame.slice(frame.indexOf(BEGIN)));
    }
  });
  const exited = new Promise((resolve) => child.onExit(resolve));
  const close = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  workspace.atEnd(() => child.kill('SIGKILL'));
  return {
    pid: child.pid,
    started,
    exited,
    close,
    press: (keys) => child.write(keys),
    /** The moment at which the first frame that `fits` was complete. */
    frame(fits, within = 20_000) {
      return new Promise((resolve, reject) => {
        const listener = (frame) => {
          if (!fits(frame)) return;
          clearTimeout(timer);
          listeners.delete(listener);
          resolve(performance.now());
        };
        const timer = setTimeout(() => reject(new Error(`no such frame within ${within} ms: ${fits}`)), within);
        listeners.add(listener);
      });
    },
    /** What it uses within `seconds`. */
    async watch(seconds) {
      const before = { ...seen, cpu: cpuOf(child.pid), at: performance.now() };
      const counting = countInstructions(child.pid, seconds);
      await pause(seconds * 1000);
      const took = (performance.now() - before.at) / 1000;
      const frames = seen.frames - before.frames;
      const result = {
        cpu: (cpuOf(child.pid) - before.cpu) / 10 / took,
        frames: frames / took,
        bytes: (seen.bytes - before.bytes) / took,
        rss: memoryOf(child.pid).rss,
      };
      const instructions = await counting;
      return { ...result, perFrame: instructions === null || frames === 0 ? null : instructions / frames };
    },
  };
}

/** Whether `perFrame` of a watch will be known. */
export async function canCountInstructions() {
  return (await countInstructions(process.pid, 0.1)) !== null;
}

/** Null where perf is missing or may not count. */
async function countInstructions(pid, seconds) {
  const args = ['stat', '-x,', '-e', 'instructions', '-p', `${pid}`, '--', 'sleep', `${seconds}`];
  const { stderr } = await execute('perf', args).catch(() => ({ stderr: '' }));
  const count = Number.parseInt(/^(\d+),[^\n]*instructions/m.exec(stderr)?.[1] ?? '', 10);
  return Number.isNaN(count) ? null : count;
}

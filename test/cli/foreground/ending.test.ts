import { expect, test } from 'vitest';
import { endOf } from '../../../cli/foreground/ending.ts';
import type { AppStatus, ExitRecord } from '../../../daemon/protocol/model.ts';
import { anApp, anOperation, aWorker } from '../../ui/samples.ts';

const exit = (code: number | null, signal: string | null = null): ExitRecord => ({
  at: 0,
  slot: 0,
  pid: 1,
  generation: 1,
  code,
  signal,
  uptime: 1,
  lines: [],
});
const OPERATIONS = [anOperation({ phase: 'failed', endedAt: 1 })];
const over = (lastExit: ExitRecord | null, change: Partial<AppStatus> = {}): AppStatus =>
  anApp(0, 'api', { state: 'errored', workers: [], operations: OPERATIONS, lastExit, ...change });

test.each<[string, readonly AppStatus[], number | null]>([
  ['nothing', [], null],
  ['one that ended well', [over(exit(0))], 0],
  ['one that failed', [over(exit(3))], 3],
  ['one that was killed', [over(exit(null, 'SIGKILL'))], 137],
  ['one that did not come up', [over(null)], 1],
  ['one that was stopped', [over(exit(3), { state: 'stopped' })], 0],
  ['several: the first that did not end well', [over(exit(0)), over(exit(4)), over(exit(5))], 4],
  ['one of several that is online', [over(exit(3)), over(null, { state: 'online' })], null],
  ['one that is tried again', [over(exit(3), { state: 'backoff' })], null],
  ['one whose last worker is still there', [over(exit(3), { workers: [aWorker(1, 0)] })], null],
  ['one that was only named so far', [over(null, { state: 'stopped', operations: [] })], null],
])('%s', (_, apps, code) => expect(endOf(apps)).toBe(code));

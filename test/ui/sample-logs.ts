// Output of apps, and the logs screen with it.
import type { LogStream, OutputLine } from '../../daemon/protocol/model.ts';
import { NO_LOGS, openedLogs, withLines, type LogsState } from '../../ui/state/logs.ts';
import { reduce } from '../../ui/state/reducer.ts';
import type { Action, DashState } from '../../ui/state/state.ts';
import { anApp, anOperation, aWorker, NOW, stateAfter } from './samples.ts';

export function aLine(seq: number, text: string, changes: Partial<OutputLine> = {}): OutputLine {
  return { app: 'api', seq, at: NOW - 60_000 + seq * 100, slot: 0, generation: 17, stream: 'out', text, ...changes };
}

/** Lines `from`, `from + 1`, …: `line 7`. */
export function lines(from: number, count: number, changes: Partial<OutputLine> = {}): readonly OutputLine[] {
  return Array.from({ length: count }, (_, at) => aLine(from + at, `line ${from + at}`, changes));
}

/** The logs of `api` with these lines. */
export function logsOf(...batches: readonly (readonly OutputLine[])[]): LogsState {
  return batches.reduce(
    (logs, batch, at) => withLines(logs, { type: 'logs-lines', lines: batch, whole: at === 0 }),
    openedLogs(NO_LOGS, { apps: ['api'] }),
  );
}

const STORY: readonly (readonly [second: number, slot: number, stream: LogStream, text: string])[] = [
  [-36.9, 2, 'out', 'GET /orders/71 200 6ms'],
  [-36.6, 0, 'out', 'GET /orders 200 8ms'],
  [-36.1, 1, 'err', 'Error: upstream timeout after 5000ms'],
  [-36.1, 1, 'err', '    at fetchOrders (dist/orders.js:41:11)'],
  [-36.1, 1, 'err', '    at async handler (dist/server.js:88:5)'],
  [-35, 1, 'out', 'GET /orders/88 504 5002ms'],
  [-34.7, 3, 'out', 'POST /orders 201 21ms'],
  [-34.5, 0, 'out', 'GET /health 200 1ms'],
  [-33.98, 2, 'out', 'GET /orders 200 7ms'],
  [-33.1, 1, 'err', 'Error: upstream timeout after 5000ms'],
  [-31.9, 0, 'out', 'listening on 3000 (g17)'],
  [
    -31.6,
    0,
    'out',
    'GET /orders?customer=4711&sort=created&limit=50&cursor=eyJpZCI6OTAwMX0&fields=id,total,state 200 9ms',
  ],
  [-31, 3, 'out', 'GET /orders/90 200 5ms'],
  [-30.8, 1, 'out', 'GET /orders 200 8ms'],
  [-30.7, 3, 'out', 'POST /orders 201 20ms'],
  [-30.5, 0, 'out', '\u001B[32minfo\u001B[39m\tGET /health 200 1ms'],
  [-30, 2, 'err', 'Error: upstream timeout after 5000ms'],
];

/** The logs of `api` during a reload. */
export function logsState(columns: number, rows: number, ...actions: readonly Action[]): DashState {
  const api = anApp(0, 'api', {
    wanted: 4,
    workers: [aWorker(1, 0), aWorker(2, 1), aWorker(3, 2), aWorker(4, 3)],
    operations: [
      anOperation({
        startedAt: NOW - 33_000,
        steps: [
          { at: NOW - 32_900, slot: 0, text: 'starting generation 17, pid 48201' },
          { at: NOW - 32_000, slot: 0, text: 'ready after 900ms, pid 48201' },
        ],
      }),
    ],
  });
  const story = STORY.map(([second, slot, stream, text], at) =>
    aLine(at < 13 ? at + 1 : at + 4121, text, { at: NOW + second * 1000, slot, stream }),
  );
  return [
    { type: 'resize', columns, rows },
    { type: 'snapshot', apps: [api], at: NOW },
    { type: 'command', command: 'logs', key: 'l' },
    { type: 'logs-lines', lines: story, whole: true },
    ...actions,
  ].reduce((state, action) => reduce(state, action as Action), stateAfter());
}

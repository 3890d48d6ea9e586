import { expect, test } from 'vitest';
import { agreedInstances, unfinished } from '../../../daemon/control/intent.ts';
import type { AppState, AppStatus } from '../../../daemon/protocol/model.ts';
import type { AppRecord } from '../../../daemon/store/stored-apps.ts';
import { sampleApp, sampleSpec } from '../../cli/sample-apps.ts';

const ENDED = { endedAt: 1 } as AppStatus['operations'][number];
const RUNS = { endedAt: null } as AppStatus['operations'][number];
const STOPPED = { endedAt: 2, kind: 'stop' } as AppStatus['operations'][number];

const record = (change: Partial<AppRecord>): AppRecord => ({
  id: 0,
  spec: sampleSpec({ instances: 3 }),
  up: true,
  deleted: false,
  ...change,
});

test.each<[string, Partial<AppRecord>, AppState, readonly unknown[], boolean, ReturnType<typeof unfinished>]>([
  ['it runs, and should', { up: true }, 'online', [ENDED], true, null],
  ['it has no master, and should run', { up: true }, 'starting', [], false, 'start'],
  ['its master was launched and never told', { up: true }, 'stopped', [], true, 'start'],
  ['it has finished', { up: true }, 'stopped', [ENDED], true, null],
  ['it was given up', { up: true }, 'errored', [ENDED], true, null],
  ['it was stopped, and its master was not told', { up: false }, 'online', [ENDED], true, 'stop'],
  ['it is being stopped', { up: false }, 'stopping', [RUNS], true, null],
  ['it is stopped', { up: false }, 'stopped', [], false, null],
  ['it was deleted, and its master was not told', { up: false, deleted: true }, 'online', [ENDED], true, 'delete'],
  ['it is being deleted', { up: false, deleted: true }, 'stopping', [RUNS], true, null],
  ['it was deleted, and is gone', { up: false, deleted: true }, 'stopped', [], false, 'forget'],
  ['nothing is known of it', { up: true }, 'unreachable', [], false, null],
  ['nothing is known of it, and it should not run', { up: false }, 'unreachable', [], false, null],
])('%s', (_, change, state, operations, hasMaster, left) => {
  const status = sampleApp('api', { state, operations: operations as AppStatus['operations'] });
  expect(unfinished(record(change), status, hasMaster)).toBe(left);
});

test.each<[string, Partial<AppRecord>, Partial<AppStatus>, number | null]>([
  ['they agree', {}, { wanted: 3, operations: [ENDED] }, null],
  ['the master wants another number', {}, { wanted: 5, operations: [ENDED] }, 5],
  ['it is busy with it', {}, { wanted: 5, operations: [ENDED, RUNS] }, null],
  ['it was never told anything', {}, { wanted: 5, operations: [] }, null],
  ['there is no master', {}, { wanted: 5, operations: [ENDED], masterPid: null }, null],
  ['it should not run', { up: false }, { wanted: 5, operations: [ENDED] }, null],
  ['it has been stopped, and is just started again', {}, { wanted: 5, operations: [ENDED, STOPPED] }, null],
])('instances: %s', (_, change, status, agreed) => {
  expect(agreedInstances(record(change), sampleApp('api', status))).toBe(agreed);
});

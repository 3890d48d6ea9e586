import { describe, expect, test } from 'vitest';
import type { AppEvent, AppStatus, ExitRecord, OperationStatus } from '../../../daemon/protocol/model.ts';
import { type Happening, happenings, pastHappenings } from '../../../ui/paint/happening.ts';
import { anApp, anOperation, aSlot, NOW, RECEIPT } from '../samples.ts';

const exit = (at: number, pid: number): AppEvent & ExitRecord => ({
  type: 'exit',
  at,
  slot: 1,
  pid,
  generation: 17,
  code: 1,
  signal: null,
  uptime: 4_000,
  lines: [],
});
const withOperation = (changes: Partial<OperationStatus>): AppStatus =>
  anApp(0, 'api', { operations: [anOperation(changes)] });
const short = ({ event, text, details }: Happening): unknown[] => [
  event,
  text,
  details['phase'] ?? details['state'] ?? null,
];

const API = anApp(0, 'api');
const DONE = { phase: 'done', endedAt: NOW, receipt: RECEIPT } as const;

describe('what happened between two states', () => {
  test.each<[string, AppStatus[], AppStatus[], unknown[][]]>([
    ['nothing', [API], [API], []],
    ['only figures', [API], [anApp(0, 'api', { waiting: 3 })], []],
    ['a new app', [], [API], [['new', 'new app: api is online, 0 of 0 workers online', 'online']]],
    ['an app less', [API], [], [['removed', 'api is deleted', null]]],
    [
      'another state',
      [API],
      [anApp(0, 'api', { state: 'errored', reason: 'it died 16 times' })],
      [['state', 'api is errored: it died 16 times', 'errored']],
    ],
    [
      'two workers that died at once',
      [API],
      [anApp(0, 'api', { events: [exit(1, 7), exit(1, 8)], lastExit: exit(1, 8) })],
      [
        ['exit', 'api slot 1 g17 ended with exit code 1 after 4.0s', null],
        ['exit', 'api slot 1 g17 ended with exit code 1 after 4.0s', null],
      ],
    ],
    [
      'one of them was told',
      [anApp(0, 'api', { events: [exit(1, 7)], lastExit: exit(1, 7) })],
      [anApp(0, 'api', { events: [exit(1, 7)], lastExit: exit(1, 7), restarts: 1 })],
      [['restart', 'api has a new worker for the one that died, 1 restart since its start', null]],
    ],
    [
      'a reload begins, with a step',
      [API],
      [withOperation({ slots: [aSlot(0, 'starting')], steps: [{ at: NOW, slot: 0, text: 'pid 7 started' }] })],
      [
        ['operation', 'api reload g16 → g17 begins, by deploy (zdm reload api)', 'begun'],
        ['step', 'api slot 0 pid 7 started', null],
      ],
    ],
    [
      'it waits',
      [API],
      [withOperation({ phase: 'queued', startedAt: null })],
      [['operation', 'api reload waits for its turn, by deploy (zdm reload api)', 'queued']],
    ],
    [
      'it is paused',
      [withOperation({})],
      [withOperation({ paused: true })],
      [['operation', 'api reload g16 → g17 is paused, 0 of 0 done', 'paused']],
    ],
    [
      'it ends',
      [withOperation({})],
      [withOperation(DONE)],
      [['operation', 'api reload g16 → g17 done in 8.0s, 4 of 4 slots, 0 connections cut, 131 moved', 'done']],
    ],
    [
      'it fails',
      [withOperation({})],
      [withOperation({ phase: 'failed', endedAt: NOW, failure: { slot: 1, reason: 'it throws', lines: [] } })],
      [['operation', 'api reload g16 → g17 failed after 8.0s at slot 1: it throws', 'failed']],
    ],
    [
      'there is a note',
      [withOperation({})],
      [withOperation({ note: 'it does not listen' })],
      [['note', 'api: it does not listen', null]],
    ],
  ])('%s', (_, before, after, expected) => expect(happenings(before, after, NOW).map(short)).toEqual(expected));
});

test('for programs an end is the same whether it was seen or is remembered', () => {
  const { op, kind, by, from, to, receipt } = anOperation(DONE);
  const event = { type: 'operation', at: NOW, op, kind, by, from, to, receipt, reason: null, took: 8_000 } as const;
  const [seen] = happenings([withOperation({})], [withOperation(DONE)], NOW);
  const [known] = pastHappenings(anApp(0, 'api', { events: [event] }));
  expect(known).toMatchObject({ app: 'api', event: 'operation', at: NOW, details: seen?.details ?? {} });
  expect(known?.details).toEqual(seen?.details);
  expect(known?.text).toBe('api reload g16 → g17 done, 4/4, 8.0s, 0 connections cut (deploy (zdm reload api))');
});

test('so is an exit', () => {
  const past = pastHappenings(anApp(0, 'api', { events: [exit(1, 7)] }));
  expect(past).toEqual(happenings([API], [anApp(0, 'api', { events: [exit(1, 7)] })], NOW));
  expect(past[0]?.details).toEqual({ slot: 1, pid: 7, generation: 17, code: 1, signal: null, uptime: 4_000 });
});

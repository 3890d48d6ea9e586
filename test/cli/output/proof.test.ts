import { expect, test } from 'vitest';
import { counted, grouped } from '../../../ui/paint/count.ts';
import { isProved, proofLines, type Proof } from '../../../cli/output/proof.ts';

const URL_ = 'http://localhost:3000/';
const GOOD: Proof = { requests: 1204, failed: 0, failures: [], reconnects: 0, slowest: 14 };

test('nothing failed, nothing cut', () => {
  expect(isProved(GOOD, 0)).toBe(true);
  expect(proofLines(URL_, GOOD, 0)).toEqual([
    'proved: 1,204 requests to http://localhost:3000/, 0 failed, 0 reconnects, slowest 14ms',
  ]);
  // A connection that was closed in the proper way is no failure, but it is told.
  expect(proofLines(URL_, { ...GOOD, reconnects: 1, requests: 1, slowest: 1_200 }, 0)).toEqual([
    'proved: 1 request to http://localhost:3000/, 0 failed, 1 reconnect, slowest 1.2s',
  ]);
});

test('what speaks against it is said: a cut, a failed request, or both', () => {
  expect(isProved(GOOD, 2)).toBe(false);
  expect(proofLines(URL_, GOOD, 2)).toEqual([
    'not proved: 2 connections cut; 1,204 requests to http://localhost:3000/, 0 failed, 0 reconnects, slowest 14ms',
  ]);
  const failures = [
    { kind: 'status 500', count: 36, message: 'no \u001b[31mdatabase\u001b[0m\u0007' },
    { kind: 'ECONNRESET', count: 1, message: 'socket hang up' },
  ];
  const bad = { ...GOOD, failed: 37, failures };
  expect(isProved(bad, 0)).toBe(false);
  expect(proofLines(URL_, bad, 0)).toEqual([
    'not proved: 1,204 requests to http://localhost:3000/, 37 failed, 0 reconnects, slowest 14ms',
    String.raw`    status 500, 36 times: no database\x07`,
    '    ECONNRESET, 1 time: socket hang up',
  ]);
  expect(proofLines(URL_, bad, 1)[0]).toBe(
    'not proved: 1 connection cut; 1,204 requests to http://localhost:3000/, 37 failed, 0 reconnects, slowest 14ms',
  );
});

test('of many kinds of failure the first few are listed', () => {
  const failures = Array.from({ length: 8 }, (_, at) => ({ kind: `status ${500 + at}`, count: 1, message: 'x' }));
  const lines = proofLines(URL_, { ...GOOD, failed: 8, failures }, 0);
  expect(lines).toHaveLength(7);
  expect(lines.at(-1)).toBe('    and 3 other kinds of failure');
});

test.each([
  [0, '0', '0 cuts'],
  [1, '1', '1 cut'],
  [999, '999', '999 cuts'],
  [1_000, '1,000', '1,000 cuts'],
  [1_234_567, '1,234,567', '1,234,567 cuts'],
])('%i in a sentence', (count, alone, withNoun) => {
  expect([grouped(count), counted(count, 'cut')]).toEqual([alone, withNoun]);
});

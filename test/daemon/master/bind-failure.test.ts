import { expect, test } from 'vitest';
import { failureText, lackingText } from '../../../daemon/master/bind-failure.ts';

const LATE = 'the new worker did not listen on a port within 10s';
const NOTHING = { missing: [], awaited: [], listens: [] };

test.each([
  ['nowhere', { ...NOTHING, missing: ['3000'] }, LATE, `${LATE} (missing: 3000, where the old one listens)`],
  [
    'elsewhere',
    { ...NOTHING, missing: ['3000', '/run/api.sock'], listens: ['4000'] },
    LATE,
    'the new worker did not listen where it should within 10s (missing: 3000, /run/api.sock, where the old one listens; it listens on 4000)',
  ],
  [
    'at one of two places',
    { ...NOTHING, awaited: ['9000'], listens: ['4000'] },
    LATE,
    'the new worker did not listen where it should within 10s (missing: 9000, of wait_for; it listens on 4000)',
  ],
  ['it lacks nothing', { ...NOTHING, listens: ['4000'] }, LATE, LATE],
  [
    'that was not it',
    { ...NOTHING, missing: ['3000'] },
    'the new worker used too much',
    'the new worker used too much',
  ],
])('%s', (_, lacking, reason, text) => {
  expect(lackingText(lacking, reason)).toBe(text);
});

test.each([
  ['another app', { app: 'first', owner: null }, 'port 80 is taken: the app "first" has it; it ended'],
  ['a program', { app: null, owner: { pid: 7, command: 'nginx' } }, 'port 80 is taken: pid 7 (nginx) has it; it ended'],
  ['nobody knows who', { app: null, owner: null }, 'port 80 is taken; it ended'],
])('a port that is taken: %s', (_, who, text) => {
  expect(failureText({ place: '80', code: 'EADDRINUSE', isFile: false, ...who }, 'it ended')).toBe(text);
});

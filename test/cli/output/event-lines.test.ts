import { expect, test } from 'vitest';
import { daemonNews, eventLines } from '../../../cli/output/event-lines.ts';
import type { Happening } from '../../../ui/paint/happening.ts';
import { NOW, plainTheme } from '../../ui/samples.ts';

const theme = plainTheme();
const STATE: Happening = {
  app: 'api',
  event: 'state',
  at: NOW - 1_000,
  text: 'api is \u001B[2Jonline',
  tone: 'good',
  details: { state: 'online', from: 'starting' },
};

test('for people: oldest first, and no escape sequence of an app', () => {
  const lines = eventLines([daemonNews('lost', NOW), STATE], { json: false, now: NOW, theme });
  expect(lines).toEqual(['12:07:33  api is online', '12:07:34  the daemon is gone; apps do not need it to run']);
});

test('for programs: one object a line', () => {
  const lines = eventLines([daemonNews('back', NOW), STATE], { json: true, now: NOW, theme });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { at: NOW - 1_000, event: 'state', app: 'api', state: 'online', from: 'starting', text: STATE.text },
    { at: NOW, event: 'daemon', app: null, state: 'back', text: 'the daemon is back' },
  ]);
  expect(lines.join('')).not.toContain('\n');
});

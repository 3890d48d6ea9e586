import { expect, test } from 'vitest';
import { onlineCount } from '../../daemon/rollout/status.ts';
import { Stage } from './stage.ts';

const GAVE_UP = 'it ended (code 1) and autorestart is off';

test.each<[string, string, number, (two: Stage) => void]>([
  ['never started', 'stopped', 0, () => undefined],
  ['starting', 'starting', 0, (two) => two.ask('start')],
  ['half of it up, half starting', 'starting', 1, (two) => (two.ask('start'), two.listening(1))],
  ['up', 'online', 2, (two) => (two.ask('start'), two.listening(1, 2))],
  [
    'up, in a reload',
    'online',
    2,
    (two) => (two.ask('start'), two.listening(1, 2), two.ask('reload'), two.listening(3)),
  ],
  ['stopping', 'stopping', 0, (two) => (two.ask('start'), two.listening(1, 2), two.ask('stop'))],
  ['stopped', 'stopped', 0, (two) => (two.ask('start'), two.ask('stop'), two.gone(1, 2))],
  ['one coming back', 'starting', 1, (two) => (two.ask('start'), two.listening(1, 2), two.exit(1))],
  [
    'one waiting for its next try',
    'online: slot 0 died 2 times in a row; again at +100',
    1,
    (two) => (two.ask('start'), two.listening(1, 2), two.exit(1), two.exit(3)),
  ],
  [
    'both waiting',
    'backoff: slot 0 died 2 times in a row; again at +100',
    0,
    (two) => (two.ask('start'), two.listening(1, 2), two.exit(1), two.exit(3), two.exit(2), two.exit(4)),
  ],
  [
    'one starting, one waiting',
    'starting; again at +100',
    0,
    (two) => (two.ask('start'), two.listening(1, 2), two.exit(1), two.exit(3), two.exit(2)),
  ],
  [
    'both waiting, the second one shorter',
    'backoff: slot 1 died 2 times in a row; again at +75',
    0,
    (two) => (two.ask('start'), two.listening(1, 2), two.exit(1), two.exit(3), two.exit(2), two.exit(4, 'code 1', 1)),
  ],
  [
    'waiting, and the time has come',
    'starting',
    1,
    (two) => (two.ask('start'), two.listening(1, 2), two.exit(1), two.exit(3), two.wait(100)),
  ],
  ['scaled down', 'online', 1, (two) => (two.ask('start'), two.listening(1, 2), two.ask('scale', { instances: 1 }))],
])('%s: %s, %d up', (_, state, up, story) => {
  const two = new Stage({}, 2);
  story(two);
  expect(two.state).toBe(state);
  expect(onlineCount(two.machine)).toBe(up);
});

test.each<[string, string, (two: Stage) => void]>([
  ['one given up', `online: slot 1 was given up: ${GAVE_UP}`, (two) => two.exit(2)],
  ['both given up', `errored: ${GAVE_UP}`, (two) => (two.exit(2), two.exit(1))],
  ['given up, then started', 'starting', (two) => (two.exit(2), two.exit(1), two.ask('start'))],
  ['given up, then scaled to what is left', 'online', (two) => (two.exit(2), two.ask('scale', { instances: 1 }))],
])('%s: %s', (_, state, story) => {
  const two = Stage.serving(2, { autorestart: false });
  story(two);
  expect(two.state).toBe(state);
});

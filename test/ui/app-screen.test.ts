import { describe, expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { paintBody } from '../../ui/screens/body.ts';
import type { DashState, Spot } from '../../ui/state/state.ts';
import { reduce } from '../../ui/state/reducer.ts';
import { spotOf } from '../../ui/state/select.ts';
import { PREVIOUS } from './rollout-scenes.ts';
import { anApp, aWorker, NOW, plainTheme } from './samples.ts';
import { onScreen } from './scenes.ts';
import { API, OUTPUT, shopState } from './shop.ts';

function frame(state: DashState, width = 100, height = 29): string {
  return paintBody({ ...state, columns: width, rows: height + 1 }, width, height, plainTheme()).join('\n');
}

/** The frame with the keys going to this place of the screen. */
function at(spot: Partial<Spot>, width = 100, height = 29): string {
  return frame(onScreen('app', {}, spot), width, height);
}

describe('what a low screen gives up', () => {
  test.each<readonly [height: number, words: readonly string[], without: readonly string[]]>([
    [29, ['script ', ' CPU ', ' MEM ', ' REQ ', ' LAG ', ' EVENTS ', ' LOGS '], []],
    [23, [' CPU ', ' MEM ', ' REQ ', ' EVENTS ', ' LOGS '], ['script ', ' LAG 3ms']],
    [14, [' CPU ', ' MEM ', ' EVENTS '], [' REQ ', ' LOGS ']],
    [10, [' CPU '], [' REQ ', ' LOGS ', ' EVENTS ']],
    [8, ['# STATE'], [' CPU 150%', ' LOGS ', ' EVENTS ']],
  ])('%i rows', (height, words, without) => {
    const text = at({}, 100, height);
    for (const word of words) expect(text).toContain(word);
    for (const word of without) expect(text).not.toContain(word);
  });
});

test('which code it runs behind the links, and what it could go back to', () => {
  const release = { generation: 17, script: '/srv/42/server.js', startedAt: NOW };
  const facts = (app: Partial<AppStatus>): string | undefined =>
    frame(onScreen('app', { apps: [{ ...API, release, ...app }] }), 120)
      .split('\n')
      .find((row) => row.startsWith(' script'));
  expect(facts({})).toMatch(/^ script \/srv\/42\/server\.js {3}mode/);
  expect(facts({})).not.toContain('before');
  expect(facts({ previous: PREVIOUS })).toContain('   before g16 (warm 24s)');
  expect(facts({ previous: { ...PREVIOUS, warmUntil: null } })).toMatch(/ {3}before g16$/);
});

describe('panes', () => {
  const seen = (text: string, what: RegExp): number => text.split('\n').filter((row) => what.test(row)).length;

  test('the events get more of the screen when the keys go to them', () => {
    const many = { ...API, events: Array.from({ length: 20 }, () => API.events[0]!) };
    const state = (pane: number): DashState => onScreen('app', { apps: [many] }, { pane });
    expect(seen(frame(state(1)), /slot 3 ended/)).toBeGreaterThan(seen(frame(state(0)), /slot 3 g15 ended/));
  });

  test('on a low screen the logs take the place of the events', () => {
    expect(at({ pane: 2 }, 60, 14)).toContain(' LOGS ');
    expect(at({ pane: 2 }, 60, 14)).not.toContain(' EVENTS ');
    expect(at({ pane: 1 }, 60, 14)).toContain(' EVENTS ');
  });

  test('the end of the output is shown, and only that of this app', () => {
    const lines = [...OUTPUT, { ...OUTPUT[0]!, app: 'web', text: 'not of api' }];
    const text = frame(onScreen('app', { logs: { ...onScreen('app').logs, apps: [], lines } }));
    expect(text).not.toContain('not of api');
    expect(text.split('\n').at(-1)).toContain('12:07:33 0 out GET /health');
  });

  test('the cursor in the output is seen', () => {
    expect(at({ pane: 2, row: 0 })).toContain('12:07:18 0 out GET /orders 200');
    expect(at({ pane: 2, row: 0 })).toContain('1 of 40 ');
    expect(at({ pane: 2, row: 100_000 })).toContain('following ');
  });

  test('many workers leave room for the rest', () => {
    const crowd = anApp(0, 'api', { workers: Array.from({ length: 60 }, (_, id) => aWorker(id, id)) });
    const text = frame(onScreen('app', { apps: [crowd] }, { row: 59 }));
    expect(text).toMatch(/^> 59 /m);
    expect(text).toContain(' EVENTS ');
    expect(text).toContain(' LOGS ');
  });
});

describe('graphs', () => {
  test('a rollout is marked where it began', () => {
    const cpu =
      at({})
        .split('\n')
        .find((row) => row.startsWith(' CPU')) ?? '';
    expect(cpu.length - 1 - cpu.indexOf('┊')).toBe(9);
    expect(
      at({})
        .split('\n')
        .find((row) => row.startsWith(' REQ')),
    ).not.toContain('┊');
  });

  test('of an app in fork mode nothing is said that is not seen', () => {
    const fork = { ...API, spec: { ...API.spec, execMode: 'fork' as const } };
    const text = frame(onScreen('app', { apps: [fork], history: shopState().history }));
    expect(text).not.toContain(' REQ ');
    expect(text).toMatch(/0 {2}● online .* - +- +9s/);
  });
});

test('a worker in between says what it waits for', () => {
  expect(at({}, 160)).toContain('9 conns, 24s of 30s left');
  expect(at({}, 60)).toContain('◑ draining 24s');
});

test('without workers: how the last one ended, and what starts it', () => {
  expect(frame(onScreen('app', { selected: 'mailer' }))).toContain("┊ Error: Cannot find module './transport'");
  expect(frame(onScreen('app', { selected: 'thumbnailer' }))).toContain('S starts it');
  expect(frame(onScreen('app', { selected: 'thumbnailer', readOnly: true }))).not.toContain('S starts it');
});

describe('the cursor of a pane', () => {
  const press = (state: DashState, ...keys: readonly ('next' | 'previous' | 'first' | 'last' | 'next-pane')[]): Spot =>
    spotOf(keys.reduce((now, command) => reduce(now, { type: 'command', command, key: '' }), state));
  const app = onScreen('app');

  test('stops at the last worker, and the last event', () => {
    expect(press(app, 'last').row).toBe(5);
    expect(press(app, 'next-pane', 'next', 'next', 'next', 'next').row).toBe(2);
  });

  test('begins at the end of what grows there, and one key up leaves it', () => {
    const end = press(app, 'next-pane', 'next-pane').row;
    expect(end).toBeGreaterThan(OUTPUT.length);
    expect(press(app, 'next-pane', 'next-pane', 'previous')).toMatchObject({ pane: 2, row: OUTPUT.length - 2 });
    expect(press(app, 'next-pane', 'next-pane', 'previous', 'next').row).toBe(end);
  });

  test('in a rollout: slots, then steps with the beginning as one of them', () => {
    const rollout = onScreen('rollout');
    expect(press(rollout, 'last').row).toBe(3);
    expect(press(rollout, 'next-pane', 'previous').row).toBe(API.operations[0]!.steps.length - 1);
    expect(press(rollout, 'next-pane', 'first').row).toBe(0);
  });

  test('follows new lines only at the end', () => {
    const more = { ...OUTPUT[0]!, at: NOW, text: 'the newest' };
    const grown = { ...app.logs, lines: [...OUTPUT, more] };
    expect(frame({ ...onScreen('app', {}, { pane: 2, row: 100_000 }), logs: grown })).toContain('the newest');
    expect(frame({ ...onScreen('app', {}, { pane: 2, row: 20 }), logs: grown })).not.toContain('the newest');
  });
});

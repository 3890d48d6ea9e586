import { describe, expect, test } from 'vitest';
import { lengthOf, span } from '../../ui/paint/line.ts';
import { headerLines, sums } from '../../ui/screens/header.ts';
import type { DashState } from '../../ui/state/state.ts';
import { anApp, NOW, plainTheme } from './samples.ts';
import { shopState } from './shop.ts';

function header(state: DashState, width = 100, height = 29): string[] {
  const lines = headerLines(state, width, height, plainTheme(), [span(' › api')], [span(' trouble')]);
  return lines.map((line) => line.map(({ text }) => text).join(''));
}

describe('the age of the figures', () => {
  const live = shopState();
  const lost = { ...live.link, phase: 'lost' as const, since: NOW - 12_000 };
  test.each<readonly [what: string, state: DashState, end: RegExp]>([
    ['figures come', live, / live 1s$/],
    ['a tick later', { ...live, now: NOW + 1900 }, / live 1s$/],
    ['a second is left out', { ...live, now: NOW + 2100 }, / live 2s$/],
    ['nothing comes any more', { ...live, now: NOW + 4000 }, / silent 4s$/],
    ['nothing runs, so nothing comes', { ...shopState({}, [anApp(0, 'api')]), now: NOW + 60_000 }, / live$/],
    ['no answer yet', { ...live, link: { ...live.link, phase: 'connecting' } }, / connecting$/],
    ['the daemon is away', { ...live, link: lost }, / NO DAEMON 12s$/],
    ['frozen', { ...live, frozen: { ...live, now: NOW - 5000 } }, / FROZEN 12:07:29$/],
    ['frozen, and the daemon is away', { ...live, frozen: live, link: lost }, / NO DAEMON {2}FROZEN 12:07:34$/],
    ['read only', { ...live, readOnly: true }, / read only {2}live 1s$/],
  ])('%s', (_, state, end) => {
    const [first = ''] = header(state);
    expect(first).toMatch(end);
    expect(first).toHaveLength(100);
  });
});

describe('lines', () => {
  test('trouble stands below while the daemon is there', () => {
    expect(header(shopState())).toEqual([expect.stringContaining('zdm web-01 › api '), ' trouble']);
  });

  test('while it is away, that is the trouble', () => {
    const link = { phase: 'lost' as const, since: NOW, tries: 5, retryAt: NOW + 2000, heardAt: NOW, reason: null };
    expect(header(shopState({ link })).slice(1)).toEqual([
      ' The daemon does not answer. Apps keep running.',
      ' Trying again in 2s (try 5). Figures below are from 12:07:34.',
    ]);
  });

  test('a low screen has one line', () => {
    expect(header(shopState(), 100, 8)).toHaveLength(1);
  });

  test('the host gives way to the rest', () => {
    expect(header(shopState(), 28)[0]).toBe('zdm web-01 › api     live 1s');
    expect(header(shopState(), 22)[0]).toBe('zdm › api      live 1s');
  });
});

describe('sums', () => {
  const text = (state: DashState, width: number, height = 29): string =>
    sums(state, width, height, plainTheme())
      .map((part) => part.text)
      .join('');

  test.each([
    [100, '  apps 7  workers 21/23  cpu 3.4/8 cores  mem 3.6G/16G  restarts 17'],
    [80, '  workers 21/23  cpu 3.4/8  mem 3.6G/16G  rst 17'],
    [60, '  21/23 up  cpu 3.4/8  mem 3.6G'],
    [40, '  21/23 up'],
  ])('at %i cells', (width, expected) => {
    expect(text(shopState(), width)).toBe(expected);
  });

  test('of a machine that is not known only what is used', () => {
    expect(text({ ...shopState(), cores: 0, memoryTotal: 0 }, 80)).toBe(
      '  apps 7  workers 21/23  cpu 3.4 cores  mem 3.6G  restarts 17',
    );
  });

  test.each([40, 60, 80, 100])('leaves room for the age at %i cells', (width) => {
    expect(lengthOf(sums(shopState(), width, 8, plainTheme()))).toBeLessThanOrEqual(width - 'zdm live 1s'.length);
  });
});

// The state of the logs screen: what is kept, shown and found, and where the reader is.
import { describe, expect, test } from 'vitest';
import type { OutputLine } from '../../daemon/protocol/model.ts';
import { currentLine, type LogsMove, type LogsState, openedLogs, withKeep, withLines } from '../../ui/state/logs.ts';
import { logsCommand, NO_LOGS, withSearch } from '../../ui/state/logs.ts';
import { keepPattern } from '../../ui/state/log-filter.ts';
import { lineAt, numberAt, countOf } from '../../ui/state/log-model.ts';
import { logPage, rowsOn } from '../../ui/state/log-page.ts';
import { extrasOf } from '../../ui/state/log-extras.ts';
import { pick, seeded } from './random.ts';
import { anApp, anOperation, NOW } from './samples.ts';
import { aLine, lines, logsOf } from './sample-logs.ts';

/** Ten rows for lines. */
const AROUND = { columns: 80, rows: 12, now: NOW, apps: [] };

function after(logs: LogsState, ...commands: readonly LogsMove[]): LogsState {
  return commands.reduce((state, command) => logsCommand(state, command, '', AROUND), logs);
}

function more(logs: LogsState, batch: readonly OutputLine[], whole = false): LogsState {
  return withLines(logs, { type: 'logs-lines', lines: batch, whole });
}

/** The screen in short: texts of lines, `-` for a mark, `=` for a rollout, `…n` for a gap. */
function seen(logs: LogsState, around: typeof AROUND = AROUND): string[] {
  return rowsOn(logPage(logs, around)).map((row) => {
    if (row.kind === 'line') return row.line.text.replace('line ', '');
    return row.extra.kind === 'gap' ? `…${row.extra.count}` : row.extra.kind === 'mark' ? '-' : '=';
  });
}

function shownTexts(logs: LogsState): string[] {
  return Array.from({ length: countOf(logs) }, (_, at) => lineAt(logs, numberAt(logs, at))?.text ?? '?');
}

describe('the ring', () => {
  test('holds the newest 10,000 lines', () => {
    const logs = logsOf(lines(1, 9_000), lines(9_001, 2_500));
    expect(logs.lines).toHaveLength(10_000);
    expect(logs.first).toBe(1_500);
    expect(logs.lines[0]?.text).toBe('line 1501');
  });

  test('holds 8 MB', () => {
    const big = (from: number): readonly OutputLine[] => lines(from, 600, { text: 'x'.repeat(8000) });
    const logs = logsOf(big(1), big(601));
    expect(logs.size).toBe(logs.lines.length * 8000);
    expect(logs.lines).toHaveLength(Math.floor((8 * 1024 * 1024) / 8000));
    expect(logs.lines.at(-1)?.seq).toBe(1200);
  });

  test('what is counted of lines goes with them', () => {
    const odd = [...lines(1, 5000), aLine(6000, 'needle'), ...lines(6001, 4000)];
    const logs = withSearch(withKeep(logsOf(odd), '!nothing'), 'needle', AROUND);
    expect(logs).toMatchObject({ hits: [5000], hit: 5000, gaps: new Map([[5000, 999]]) });
    const later = more(logs, lines(10_001, 6500));
    expect(later).toMatchObject({ first: 5501, hits: [], hit: null, gaps: new Map() });
    expect(later.shown).toHaveLength(10_000);
    expect(later.shown?.[0]).toBe(5501);
  });

  test('keeps each line safe and within 8 KB', () => {
    const hostile = '\u001B[2J\u001B]52;c;ZXZpbA==\u0007\u001B[31mred\u001B[0m\ta\u0007b\r';
    const [first, second] = logsOf([aLine(1, hostile), aLine(2, 'y'.repeat(9000))]).lines;
    expect(first?.text).toBe(String.raw`red     a\x07b`);
    expect(second?.text).toBe(`${'y'.repeat(8192)} … 808 more characters`);
  });
});

describe('gaps', () => {
  const twoApps = [aLine(1, 'a1'), aLine(8, 'b8', { app: 'web' }), aLine(5, 'a5'), aLine(9, 'b9', { app: 'web' })];
  const cases: readonly [name: string, batches: readonly (readonly OutputLine[])[], expected: readonly string[]][] = [
    ['within a batch', [[aLine(1, '1'), aLine(5, '5')]], ['1', '…3', '5']],
    ['of one line', [lines(1, 1), lines(3, 1)], ['1', '…1', '3']],
    ['between batches', [lines(1, 2), lines(7, 1)], ['1', '2', '…4', '7']],
    ['none when the count begins again', [lines(7, 2), lines(1, 2), lines(3, 1)], ['7', '8', '1', '2', '3']],
    ['none of lines from the file', [lines(0, 1), lines(0, 1, { at: null }), lines(5, 2)], ['0', '0', '5', '6']],
    ['of each app for itself', [twoApps], ['a1', 'b8', '…3', 'a5', 'b9']],
  ];
  test.each(cases)('%s', (_, batches, expected) => {
    expect(seen(logsOf(...batches))).toEqual(expected);
  });

  test('between the same shown lines they are one', () => {
    const logs = logsOf([aLine(1, 'keep'), aLine(4, 'drop'), aLine(7, 'keep')]);
    expect(seen(withKeep(logs, 'keep'))).toEqual(['keep', '…4', 'keep']);
  });
});

describe('following and staying', () => {
  const logs = logsOf(lines(1, 30));
  const screen = (from: number): string[] => Array.from({ length: 10 }, (_, at) => `${from + at}`);
  const cases: readonly [commands: readonly LogsMove[], first: number, follows: boolean][] = [
    [[], 21, true],
    [['previous'], 20, false],
    [['previous', 'previous', 'next'], 20, false],
    [['previous', 'next'], 21, true],
    [['next'], 21, true],
    [['page-up'], 12, false],
    [['page-up', 'page-up', 'page-up', 'page-up'], 1, false],
    [['page-up', 'page-up', 'page-down'], 12, false],
    [['page-up', 'page-down'], 21, true],
    [['first'], 1, false],
    [['first', 'next'], 2, false],
    [['first', 'last'], 21, true],
    [['first', 'follow'], 21, true],
    [['follow'], 21, false],
    [['follow', 'follow'], 21, true],
  ];
  test.each(cases)('%j', (commands, first, follows) => {
    const next = after(logs, ...commands);
    expect(seen(next)).toEqual(screen(first));
    expect(next.place === null).toBe(follows);
  });

  test('a reader stays where he is while lines come and go; new ones are counted', () => {
    const paused = after(logsOf(lines(1, 9_990)), 'page-up');
    const before = seen(paused);
    const next = more(paused, lines(9_991, 218));
    expect(seen(next)).toEqual(before);
    expect(next.first).toBe(208);
    expect(next.seen).toBe(9_990);
  });

  test('new lines are counted from where the reader stopped, wherever he reads', () => {
    const paused = after(logs, 'previous');
    expect(after(more(paused, lines(31, 5)), 'previous', 'next').seen).toBe(30);
  });

  test('a hit on the last page stays where it is shown', () => {
    const found = withSearch(after(logs, 'first'), 'line 29', AROUND);
    expect(seen(found)).toEqual(screen(21));
    expect(seen(more(found, lines(31, 5)))).toEqual(screen(21));
  });

  test('a reader whose lines are gone has the oldest', () => {
    const next = more(after(logsOf(lines(1, 9_990)), 'first'), lines(9_991, 218));
    expect(seen(next)).toEqual(screen(209));
  });

  test('all lines again keep their numbers, and the reader his place', () => {
    const paused = after(logs, 'set-mark', 'page-up');
    const again = more(paused, lines(5, 40), true);
    // The mark took a row of the page.
    expect(seen(again)).toEqual(screen(13));
    expect(again.first).toBe(4);
    expect(again.marks).toEqual(paused.marks);
    const others = more(paused, lines(1000, 40), true);
    expect(others.first).toBe(30);
    expect(others.marks).toEqual([]);
    expect(seen(others)).toEqual(screen(1000));
  });

  test('a stack trace belongs to the line above, of the same worker and stream', () => {
    const trace = logsOf([
      aLine(1, 'Error', { stream: 'err' }),
      aLine(2, '  at a', { stream: 'err' }),
      aLine(3, '  at b', { stream: 'err' }),
      aLine(4, '  other stream'),
      aLine(5, '  other slot', { slot: 1 }),
      aLine(6, '  other generation', { slot: 1, generation: 18 }),
      aLine(7, '  other app', { slot: 1, generation: 18, app: 'web' }),
      aLine(8, 'no blank', { slot: 1, generation: 18, app: 'web' }),
    ]);
    const flags = rowsOn(logPage(trace, AROUND)).map((row) => row.kind === 'line' && row.trace);
    expect(flags).toEqual([false, true, true, false, false, false, false, false]);
  });

  test('wrapped lines are scrolled row by row', () => {
    const long = logsOf([aLine(1, 'a'.repeat(200)), ...lines(2, 9)]);
    const wrapped = after(long, 'wrap');
    expect(rowsOn(logPage(wrapped, AROUND)).map(({ kind, ...row }) => [kind, 'row' in row && row.row])).toEqual([
      ['line', 3],
      ...Array.from({ length: 9 }, () => ['line', 0]),
    ]);
    const up = after(wrapped, 'previous');
    expect(seen(up)).toHaveLength(10);
    expect(seen(up)[9]).toBe('9');
    expect(seen(after(up, 'next'))[9]).toBe('10');
  });
});

describe('the search', () => {
  const texts = ['Timeout one', 'other', 'timeout two', 'TIMEOUT (3)', 'a.b', 'last'];
  const logs = logsOf([...texts.map((text, at) => aLine(at + 1, text)), ...lines(7, 30)]);
  const search = (text: string): LogsState => withSearch(logs, text, AROUND);

  const cases: readonly [search: string, hits: readonly number[]][] = [
    ['timeout', [0, 2, 3]],
    ['Timeout', [0]],
    ['TIMEOUT (', [3]],
    ['a.b', [4]],
    ['a?b', []],
    ['', []],
    ['line 1', Array.from({ length: 10 }, (_, at) => at + 9)],
  ];
  test.each(cases)('%j', (text, hits) => {
    expect(search(text).hits).toEqual(hits);
  });

  test('goes to the nearest hit above, stays there, and is found again with n and N', () => {
    const found = search('timeout');
    expect(found.hit).toBe(3);
    expect(seen(found)).toContain('TIMEOUT (3)');
    expect(found.place).not.toBeNull();
    const steps: readonly LogsMove[] = ['next-match', 'next-match', 'previous-match', 'previous-match'];
    const walked = steps.map((_, at) => after(found, ...steps.slice(0, at + 1)).hit);
    expect(walked).toEqual([0, 2, 0, 3]);
  });

  test('after scrolling, n and N go on from the screen', () => {
    const away = after(search('timeout'), 'last');
    expect(away.hit).toBeNull();
    expect(after(away, 'next-match').hit).toBe(3);
    const paused = after(search('line'), 'first', 'next', 'next', 'next');
    expect(paused.hit).toBeNull();
    expect(after(paused, 'next-match').hit).toBe(6);
    expect(after(search('timeout'), 'first', 'next', 'next', 'previous-match').hit).toBe(0);
  });

  test('a hit on the screen is only pointed at', () => {
    const before = seen(logs);
    const found = search('line 30');
    expect(seen(found)).toEqual(before);
    expect(found.hit).toBe(29);
  });

  test('finding nothing moves nobody', () => {
    expect(search('nowhere')).toMatchObject({ place: null, hit: null });
  });

  test('new lines are searched, too', () => {
    const found = more(search('timeout'), [aLine(37, 'a timeout')]);
    expect(found.hits).toEqual([0, 2, 3, 36]);
    expect(found.hit).toBe(3);
  });

  test('the line to copy is the hit, else the last one on the screen', () => {
    const state = (one: LogsState) => ({ ...AROUND, logs: one });
    expect(currentLine(state(search('timeout')))).toBe('TIMEOUT (3)');
    expect(currentLine(state(logs))).toBe('line 36');
    expect(currentLine(state(after(logs, 'set-mark')))).toBe('line 36');
    expect(currentLine(state(after(logs, 'first')))).toBe('line 10');
    expect(currentLine(state(NO_LOGS))).toBeNull();
  });
});

describe('what is kept', () => {
  const texts = ['GET /orders 200', 'get /health', 'POST /orders 500'];
  const logs = logsOf(texts.map((text, at) => aLine(at + 1, text)));
  const cases: readonly [keep: string, shown: readonly number[]][] = [
    ['', [0, 1, 2]],
    ['get', [0, 1]],
    ['GET', [0]],
    ['!orders', [1]],
    ['/^get/', [0, 1]],
    ['/\\S+ \\d+$/', [0, 2]],
    ['!/[45]00$/', [0, 1]],
    ['/orders', [0, 2]],
    ['/^post\\S* \\S/', [2]],
    ['/(/', [0, 1, 2]],
    ['!', [0, 1, 2]],
    ['nothing', []],
  ];
  test.each(cases)('%j', (keep, shown) => {
    expect(shownTexts(withKeep(logs, keep))).toEqual(shown.map((at) => texts[at]));
  });

  test('a broken pattern is known as such', () => {
    expect(keepPattern('/(/')).toBe('broken');
    expect(keepPattern('/[/')).toBe('broken');
    expect(keepPattern('(')).not.toBe('broken');
  });

  test('stream, slot and generation', () => {
    const mixed = logsOf([
      aLine(1, 'a', { slot: 0 }),
      aLine(2, 'b', { slot: 1, stream: 'err' }),
      aLine(3, 'c', { slot: 8, generation: 18 }),
      aLine(4, 'd', { slot: null, generation: null, at: null }),
    ]);
    const press = (logsBefore: LogsState, command: LogsMove, key: string): LogsState =>
      logsCommand(logsBefore, command, key, AROUND);
    expect(shownTexts(press(mixed, 'slot', '0'))).toEqual(['a']);
    expect(shownTexts(press(mixed, 'slot', '8'))).toEqual(['c']);
    expect(shownTexts(press(press(mixed, 'slot', '8'), 'all-slots', 'a'))).toEqual(['a', 'b', 'c', 'd']);
    expect(shownTexts(press(mixed, 'stream', 's'))).toEqual(['a', 'c', 'd']);
    expect(shownTexts(after(mixed, 'stream', 'stream'))).toEqual(['b']);
    expect(shownTexts(after(mixed, 'stream', 'stream', 'stream'))).toEqual(['a', 'b', 'c', 'd']);
    const newOnes = openedLogs(mixed, { apps: ['api'], generation: 18 });
    expect(shownTexts(newOnes)).toEqual(['c']);
    expect(shownTexts(press(newOnes, 'all-slots', 'a'))).toEqual(['a', 'b', 'c', 'd']);
  });
});

test('opening: of the same apps the lines stay, of others only the way of showing them', () => {
  const before = after(withSearch(logsOf(lines(1, 30)), 'line', AROUND), 'wrap', 'time');
  expect(openedLogs(before, { apps: ['api'], slot: 1 })).toMatchObject({ lines: before.lines, place: null, slot: 1 });
  expect(openedLogs(before, { apps: ['web'] })).toEqual({ ...NO_LOGS, apps: ['web'], wrap: true, time: 'age' });
});

test('sideways: as far as there is something to see, also while following; not together with wrapping', () => {
  const logs = after(logsOf([aLine(1, 'x'.repeat(50))]), 'wrap', 'right', 'right', 'right');
  expect(logs).toMatchObject({ shift: 40, wrap: false, place: null });
  expect(after(logs, 'left', 'left', 'left').shift).toBe(0);
  expect(after(logs, 'wrap')).toMatchObject({ shift: 0, wrap: true });
});

describe('between the lines', () => {
  const timed = [aLine(1, '1', { at: NOW }), aLine(2, '2', { at: NOW + 1000 }), aLine(3, '3', { at: NOW + 2000 })];
  const reload = anOperation({
    startedAt: NOW,
    endedAt: NOW + 2500,
    phase: 'done',
    steps: [
      { at: NOW + 600, slot: 0, text: 'starting generation 17, pid 1' },
      { at: NOW + 1500, slot: 0, text: 'ready after 900ms, pid 1' },
    ],
  });
  const around = { ...AROUND, apps: [anApp(0, 'api', { operations: [reload] })] };

  test('rollouts stand at their time', () => {
    const logs = logsOf(timed);
    expect(seen(logs, around as never)).toEqual(['1', '=', '2', '=', '3', '=']);
    const texts = extrasOf(logs, around.apps).map((extra) => (extra.kind === 'rollout' ? extra.text : ''));
    expect(texts).toEqual(['reload g16 → g17 begins', 'reload g16 → g17, slot 0', 'reload g16 → g17 done in 2.5s']);
  });

  test('not those of other apps, nor from before the first line', () => {
    const late = [aLine(9, 'late', { at: NOW + 5000 })];
    expect(extrasOf(logsOf(late), around.apps)).toEqual([]);
    expect(extrasOf(logsOf([aLine(0, 'of the file', { at: null })]), around.apps)).toEqual([]);
    expect(extrasOf(logsOf(timed), [anApp(0, 'web', { operations: [reload] })])).toEqual([]);
    const both = more(openedLogs(NO_LOGS, { apps: ['api', 'web'] }), timed, true);
    expect(extrasOf(both, around.apps)[0]).toMatchObject({ text: 'reload api g16 → g17 begins' });
  });

  test('a mark stands where the lines ended, with its time', () => {
    const logs = more(after(logsOf(lines(1, 2)), 'set-mark'), lines(3, 1));
    expect(seen(logs)).toEqual(['1', '2', '-', '3']);
    expect(logs.marks).toEqual([{ at: NOW, before: 2 }]);
  });

  test('what comes above a reader’s first line does not move it', () => {
    const paused = after(logsOf([...timed, ...lines(40, 30)]), 'first', 'next');
    expect(seen(paused)[0]).toBe('2');
    expect(seen(paused, around as never)[0]).toBe('2');
  });
});

describe('any lines in any order of keys', () => {
  const KEYS: readonly LogsMove[] = [
    'next',
    'previous',
    'first',
    'last',
    'page-down',
    'page-up',
    'follow',
    'next-match',
    'previous-match',
    'left',
    'right',
    'stream',
    'slot',
    'all-slots',
    'wrap',
    'time',
    'set-mark',
  ];
  const WORDS = ['Error', 'error', ' at x', 'ok', 'é', '支付', '\u001B[31m', 'a'.repeat(300), ''];

  test('what is counted up is what counting anew finds', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = seeded(seed);
      let logs = openedLogs(NO_LOGS, { apps: ['api'] });
      let seq = 0;
      for (let step = 0; step < 40; step += 1) {
        const batch = Array.from({ length: Math.floor(random() * 700) }, () => {
          seq += random() < 0.05 ? 5 : 1;
          const text = `${pick(random, WORDS)} ${pick(random, WORDS)}`;
          return aLine(seq, text, { slot: pick(random, [0, 1, 2]), stream: pick(random, ['out', 'err']) });
        });
        const kind = random();
        if (kind < 0.4) logs = more(logs, batch, random() < 0.1);
        else if (kind < 0.5) logs = withSearch(logs, pick(random, ['error', 'Error', 'x', '支', '']), AROUND);
        else if (kind < 0.6) logs = withKeep(logs, pick(random, ['error', '!ok', '/^\\S+ ok/', '']));
        else logs = logsCommand(logs, pick(random, KEYS), pick(random, ['0', '1', '2']), AROUND);
        const where = `seed ${seed}, step ${step}`;
        const keep = keepPattern(logs.keep);
        const passing = logs.lines.filter(
          ({ slot, stream, text }) =>
            (logs.slot === null || slot === logs.slot) &&
            (logs.stream === null || stream === logs.stream) &&
            (keep === null || keep === 'broken' || keep.pattern.test(text) !== keep.inverse),
        );
        expect(shownTexts(logs).join('\n'), where).toBe(passing.map(({ text }) => text).join('\n'));
        const wanted = logs.search;
        const naive = passing.filter(({ text }) =>
          wanted === '' ? false : (wanted === 'Error' ? text : text.toLowerCase()).includes(wanted),
        );
        expect(
          logs.hits.map((number) => lineAt(logs, number)),
          where,
        ).toEqual(naive);
        expect(logs.hit === null || logs.hits.includes(logs.hit), where).toBe(true);
        const rows = rowsOn(logPage(logs, AROUND));
        expect(rows.length, where).toBeLessThanOrEqual(10);
        if (countOf(logs) >= 10) expect(rows.length, where).toBe(10);
      }
    }
  });
});

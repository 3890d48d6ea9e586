// What holds for any app, however it is called and whatever it says.
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { AppStatus } from '../../../daemon/protocol/model.ts';
import { paintDescribe } from '../../../ui/paint/describe.ts';
import { eventLine } from '../../../ui/paint/event.ts';
import { renderLine } from '../../../ui/paint/line.ts';
import { LIST_COLUMNS, paintList } from '../../../ui/paint/list.ts';
import { pick, randomState, seeded } from '../random.ts';
import { NOW, plainTheme } from '../samples.ts';

const THEMES = [plainTheme(), plainTheme({ color: true, styles: true }), plainTheme({ unicode: false, foreign: true })];

function expectPlain(rows: readonly string[], width: number, where: string): void {
  for (const row of rows) {
    const text = stripVTControlCharacters(row);
    expect(/[\p{Cc}\p{Bidi_Control}\p{Surrogate}]/u.test(text), `${where}: ${JSON.stringify(text)}`).toBe(false);
    expect(stringWidth(text), `${where}: ${text}`).toBeLessThanOrEqual(width);
  }
}

test('no line of list, describe or an event is wider than the width, or moves the cursor', () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = seeded(seed);
    const apps: readonly AppStatus[] = randomState(random).apps;
    const width = 20 + Math.floor(random() * 181);
    const theme = pick(random, THEMES);
    const columns = pick(random, [undefined, LIST_COLUMNS.filter(() => random() < 0.5)]);
    const where = `seed ${seed}, width ${width}`;
    const sort = pick(random, LIST_COLUMNS);
    expectPlain(paintList(apps, { width, now: NOW, theme, columns, sort, pids: random() < 0.5 }), width, where);
    for (const app of apps.slice(0, 2)) {
      expectPlain(paintDescribe(app, { width, now: NOW, theme }), width, where);
      const lines = app.events.map((event) => eventLine(event, app, NOW, theme));
      expectPlain(
        lines.map((line) => renderLine(line, width, theme)),
        width,
        where,
      );
    }
  }
});

test('in a pipe nothing is cut and nothing left out', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { apps } = randomState(seeded(seed));
    const rows = [
      ...paintList(apps, { width: Infinity, now: NOW, theme: plainTheme() }),
      ...apps.slice(0, 1).flatMap((app) => paintDescribe(app, { width: Infinity, now: NOW, theme: plainTheme() })),
    ];
    expect(rows.join('\n')).not.toMatch(/…|hidden here/);
    expectPlain(rows, Infinity, `seed ${seed}`);
  }
});

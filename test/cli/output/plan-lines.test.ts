import { expect, test } from 'vitest';
import { planLines } from '../../../cli/output/plan-lines.ts';
import type { PlanEntry } from '../../../cli/plan/plan.ts';
import { plainTheme } from '../../ui/samples.ts';

const ENTRIES: readonly PlanEntry[] = [
  {
    app: 'api',
    actions: ['reload', 'scale'],
    reason: '',
    differences: [
      { field: 'instances', change: 'changed', from: '2', to: '4' },
      { field: 'health', change: 'added', from: null, to: '/healthz' },
      { field: 'args', change: 'changed', from: null, to: null },
      { field: 'env.PORT', change: 'changed', from: null, to: null },
      { field: 'env.DEBUG', change: 'removed', from: null, to: null },
    ],
  },
  { app: 'web', actions: ['start'], reason: 'new', differences: [] },
  { app: 'old', actions: ['leave'], reason: 'not in the file; to remove it: zdm delete old', differences: [] },
];

const show = (width: number): string[] =>
  planLines(ENTRIES, 'zdm start zdm.config.cjs', { width, theme: plainTheme() });

test('a line for each reason, and the command that does it', () => {
  expect(show(Infinity)).toEqual([
    'NAME  ACTION          WHY',
    'api   reload + scale  instances 2 → 4',
    '                      health none → /healthz',
    '                      args changed',
    '                      env: PORT changed, DEBUG removed',
    'web   start           new',
    'old   left alone      not in the file; to remove it: zdm delete old',
    '',
    '1 to start, 1 to reload, 1 to scale, 1 left alone. To do it: zdm start zdm.config.cjs',
  ]);
});

test('long reasons go on in the next line where there is no room', () => {
  expect(show(54).slice(-4, -2)).toEqual([
    'old   left alone      not in the file; to remove it:',
    '                        zdm delete old',
  ]);
});

test('where one is refused, the command would fail', () => {
  const refused: PlanEntry = { app: 'api', actions: ['refuse'], reason: 'is being deleted', differences: [] };
  const lines = planLines([refused], 'zdm start', { width: 80, theme: plainTheme() });
  expect(lines.at(-1)).toBe('1 refused. This would fail: zdm start');
});

import { expect, test } from 'vitest';
import { completed, parseCommandLine } from '../../ui/command-line.ts';

const APPS = [
  { id: 0, name: 'api' },
  { id: 1, name: 'api-2' },
  { id: 2, name: 'web' },
];
const change = (name: string, targets: readonly string[], scale: object | null = null) => ({
  type: 'change',
  wish: { change: name, targets, scale },
});

test.each([
  ['reload api', change('reload', ['api'])],
  ['zdm reload api web', change('reload', ['api', 'web'])],
  ['  restart   2 ', change('restart', ['web'])],
  ['rm web', change('delete', ['web'])],
  ['stop all', change('stop', ['api', 'api-2', 'web'])],
  ['scale api 4', change('scale', ['api'], { mode: 'set', count: 4 })],
  ['scale api +2', change('scale', ['api'], { mode: 'add', count: 2 })],
  ['scale api -1', change('scale', ['api'], { mode: 'add', count: -1 })],
  ['abort api', change('abort', ['api'])],
  ['rollback api', change('rollback', ['api'])],
  ['reload api --dry-run', change('rehearse', ['api'])],
  ['reload --dry-run web', change('rehearse', ['web'])],
  ['logs web', { type: 'show', view: 'logs', app: 'web' }],
  ['describe', { type: 'show', view: 'describe', app: null }],
  ['ls', { type: 'show', view: 'overview', app: null }],
  ['dash api', { type: 'show', view: 'app', app: 'api' }],
  ['q', { type: 'quit' }],
  ['', { type: 'nothing' }],
  ['   ', { type: 'nothing' }],
])('%j', (line, meaning) => {
  expect(parseCommandLine(line, APPS)).toEqual(meaning);
});

test.each([
  ['relod api', '"relod" is not a command here. Some are: reload, logs, scale, stop.'],
  ['constructor', '"constructor" is not a command here. Some are: reload, logs, scale, stop.'],
  ['reload', 'Which app? For example: reload api'],
  ['reload apo', 'There is no app "apo".'],
  ['reload --dry-run', 'Which app? For example: reload api --dry-run'],
  ['restart api --dry-run', 'Options are for the shell: --dry-run is not understood here.'],
  ['reload api --dry-run --json', 'Options are for the shell: --json is not understood here.'],
  ['logs apo', 'There is no app "apo".'],
  ['scale api', 'How many? For example: scale api 4, scale api +1'],
  ['scale api 0', 'How many? For example: scale api 4, scale api +1'],
  ['reload api --prove http://x', 'Options are for the shell: --prove is not understood here.'],
])('%j is answered with the next step', (line, text) => {
  expect(parseCommandLine(line, APPS)).toEqual({ type: 'problem', text });
});

test.each([
  ['rel', 'reload '],
  ['re', 're'],
  ['res', 'res'],
  ['rest', 'restart '],
  ['reload a', 'reload a'],
  ['reload ap', 'reload api'],
  ['reload w', 'reload web '],
  ['reload x', 'reload x'],
  ['reload api al', 'reload api all '],
])('Tab makes %j into %j', (typed, expected) => {
  expect(completed(typed, APPS)).toBe(expected);
});

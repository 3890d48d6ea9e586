import { describe, expect, test } from 'vitest';
import { type Known, planApps, type PlanEntry } from '../../../cli/plan/plan.ts';
import type { AppSpec, AppStatus } from '../../../daemon/protocol/model.ts';
import { NOW, sampleApp, sampleOperation, sampleSpec } from '../sample-apps.ts';

const SCRIPT = '/srv/shop/dist/server.js';

function planOf(
  file: Partial<AppSpec>,
  known: Known | null,
): Omit<PlanEntry, 'app' | 'differences'> & { fields: readonly string[] } {
  const wanted = { spec: sampleSpec(file), script: SCRIPT };
  const [entry] = planApps([wanted], known === null ? [] : [known], false);
  const { actions, reason, differences } = entry!;
  return { actions, reason, fields: differences.map(({ field }) => field) };
}

function knownApp(fields: Partial<AppStatus> = {}, spec: Partial<AppSpec> = {}): Known {
  const whole = sampleSpec(spec);
  // A status has the names of variables only.
  const env = Object.fromEntries(Object.keys(whole.env).map((name) => [name, '']));
  return { app: sampleApp('api', { spec: { ...whole, env }, ...fields }), env: whole.env };
}

const release = { generation: 17, startedAt: NOW, script: '/srv/shop/releases/42/dist/server.js' };
const deleting = sampleOperation({ kind: 'delete', phase: 'running', endedAt: null });

describe('what a start of the file does to one app', () => {
  test.each<[string, Partial<AppSpec>, Known | null, readonly string[], string, readonly string[]]>([
    ['that is not there', {}, null, ['start'], 'new', []],
    ['that is stopped', {}, knownApp({ state: 'stopped', up: 0 }), ['start'], 'is stopped', []],
    ['that was given up', { args: ['x'] }, knownApp({ state: 'errored', up: 0 }), ['start'], 'is errored', ['args']],
    ['that stops', { instances: 2 }, knownApp({ state: 'stopping' }), ['start'], 'is stopping', ['instances']],
    ['that is the same', {}, knownApp(), ['reload'], 'nothing differs: the code is loaded anew', []],
    [
      'that crashes',
      {},
      knownApp({ state: 'backoff', up: 0 }),
      ['reload'],
      'nothing differs: the code is loaded anew',
      [],
    ],
    [
      'with another value of a variable',
      { env: { PATH: '/bin', SECRET: 'other' } },
      knownApp(),
      ['reload'],
      '',
      ['env.SECRET'],
    ],
    ['with other instances than it was scaled to', {}, knownApp({ wanted: 6 }), ['reload', 'scale'], '', ['instances']],
    [
      'that was scaled to what the file says',
      { instances: 6 },
      knownApp({ wanted: 6 }),
      ['reload'],
      'nothing differs: the code is loaded anew',
      [],
    ],
    ['whose link leads elsewhere now', {}, knownApp({ release }), ['reload'], '', ['release']],
    [
      'whose link leads where it led',
      {},
      knownApp({ release: { ...release, script: SCRIPT } }),
      ['reload'],
      'nothing differs: the code is loaded anew',
      [],
    ],
    ['whose script is another', { script: '/b.js' }, knownApp({ release }), ['reload'], '', ['script']],
    [
      'in fork mode',
      { execMode: 'fork' },
      knownApp({ listeners: [] }, { execMode: 'fork' }),
      ['restart'],
      'owns its ports (fork mode): with a gap',
      [],
    ],
    [
      'that never listened and goes to fork mode',
      { execMode: 'fork' },
      knownApp({ listeners: [] }),
      ['restart'],
      'owns its ports (fork mode): with a gap',
      ['exec_mode'],
    ],
    [
      'that listens and goes to fork mode',
      { execMode: 'fork' },
      knownApp(),
      ['refuse'],
      "its ports are zdm's until it ends: zdm stop api first",
      ['exec_mode'],
    ],
    [
      'that goes to fork mode while it is stopped',
      { execMode: 'fork' },
      knownApp({ state: 'stopped', up: 0 }),
      ['start'],
      'is stopped',
      ['exec_mode'],
    ],
    [
      'that leaves fork mode',
      {},
      knownApp({ listeners: [] }, { execMode: 'fork' }),
      ['reload'],
      'fails if it listens: zdm stop api first',
      ['exec_mode'],
    ],
    ['that is being deleted', {}, knownApp({ operations: [deleting] }), ['refuse'], 'is being deleted', []],
    [
      'whose master is silent',
      {},
      knownApp({ state: 'unreachable' }),
      ['refuse'],
      'its master does not answer: zdm describe api',
      [],
    ],
  ])('%s', (_, file, known, actions, reason, fields) => {
    expect(planOf(file, known)).toEqual({ actions, reason, fields });
  });
});

describe('of the others', () => {
  const file = [{ spec: sampleSpec({ name: 'web' }), script: null }];
  test.each([
    [false, 'not in the file; to remove it: zdm delete api'],
    [true, 'not asked for'],
  ])('nothing is touched; only some asked for: %s', (some, reason) => {
    expect(planApps(file, [knownApp()], some)).toEqual([
      { app: 'web', actions: ['start'], reason: 'new', differences: [] },
      { app: 'api', actions: ['leave'], reason, differences: [] },
    ]);
  });

  test('nothing is known without a daemon', () => {
    expect(planApps(file, null, false)).toEqual([
      { app: 'web', actions: ['start'], reason: 'no daemon runs', differences: [] },
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { type RolloutContext, rolloutOf } from '../../../cli/config/rollout.ts';
import { validateApp } from '../../../cli/config/validate.ts';
import { defineConfig } from '../../../cli/library.ts';
import { CANARY_DEFAULTS, HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import { thrownBy } from '../thrown.ts';

const FOUR: RolloutContext = { name: 'api', cwd: '/srv', execMode: 'cluster', instances: 4, code: 'BAD_CONFIG' };

function resolve(raw: object, around: Partial<RolloutContext> = {}) {
  const { app, problems } = validateApp({ script: 'a.js', ...raw });
  expect(problems).toEqual([]);
  return rolloutOf(app, { ...FOUR, ...around });
}

test.each<[object, object]>([
  [{}, { strategy: 'rolling', canary: null, health: null, surge: { unit: 'count', value: 1 } }],
  [
    { strategy: 'blue-green', bake: '2m' },
    { strategy: 'blue-green', canary: null, bake: 120_000 },
  ],
  [{ strategy: 'canary' }, { strategy: 'canary', canary: CANARY_DEFAULTS }],
  [{ canary: {} }, { strategy: 'canary', canary: CANARY_DEFAULTS }],
  [{ canary: { instances: 3 } }, { canary: { ...CANARY_DEFAULTS, share: { unit: 'count', value: 3 } } }],
  [{ canary: { percent: 99 } }, { canary: { ...CANARY_DEFAULTS, share: { unit: 'percent', value: 99 } } }],
  [{ health: '/h' }, { health: { ...HEALTH_DEFAULTS, path: '/h' } }],
  [
    { health: { path: '/h', port: 'admin.sock' } },
    { health: { ...HEALTH_DEFAULTS, path: '/h', port: '/srv/admin.sock' } },
  ],
  [{ wait_for: [3000, './a.sock', '/srv/a.sock'] }, { waitFor: ['3000', '/srv/a.sock'] }],
  [
    { warmup: ['/'], min_ready: '5s', progress_deadline: 0, surge: '50%' },
    { warmup: ['/'], minReady: 5_000, progressDeadline: 0, surge: { unit: 'percent', value: 50 } },
  ],
])('%j', (raw, part) => expect(resolve(raw)).toMatchObject(part));

describe('in fork mode', () => {
  const fork = { execMode: 'fork' } as const;

  test.each<[object, string]>([
    [{ health: '/' }, 'health is'],
    [{ warmup: '/' }, 'warmup is'],
    [{ wait_for: 3000 }, 'wait_for is'],
    [{ strategy: 'blue-green' }, 'strategy "blue-green" is'],
    [{ canary: {} }, 'strategy "canary" is'],
    [{ health: '/', warmup: '/', strategy: 'canary' }, 'health, warmup and strategy "canary" are'],
  ])('%j is refused', async (raw, words) => {
    expect(await thrownBy(() => resolve(raw, fork))).toEqual({
      code: 'BAD_CONFIG',
      message: `api: ${words} for cluster mode: zdm does not see the ports of an app in fork mode.`,
      hint: null,
    });
  });

  test.each([{ strategy: 'rolling' }, { wait_for: [], warmup: [] }, { bake: 0, min_ready: '1s', surge: 2 }])(
    '%j is fine',
    (raw) => expect(resolve(raw, fork).strategy).toBe('rolling'),
  );
});

describe('a canary needs something to be compared with', () => {
  test.each([{ strategy: 'canary' }, { canary: { percent: 10 } }])('%j with one instance', async (raw) => {
    const failure = await thrownBy(() => resolve(raw, { instances: 1 }));
    expect(failure).toEqual({
      code: 'BAD_CONFIG',
      message: 'api: a canary needs two instances or more: with one there is nothing to compare it with.',
      hint: 'Raise instances, or choose strategy "rolling" or "blue-green".',
    });
    expect(resolve(raw, { instances: 2 }).strategy).toBe('canary');
  });

  test.each([4, 5])('%i of 4', async (instances) => {
    const { message } = await thrownBy(() => resolve({ canary: { instances } }));
    expect(message).toBe(
      `api: canary.instances (${instances}) must be fewer than instances (4): some keep the old code.`,
    );
  });
});

test('the types of a config file know what may be written', () => {
  const { apps } = defineConfig({
    apps: [
      {
        script: 'a.js',
        instances: 4,
        ready_timeout: '20s',
        wait_for: [3000, './a.sock'],
        health: { path: '/', status: '200-299', headers: { n: 1 } },
        surge: '25%',
        canary: { percent: '10%', max_latency_ratio: null },
      },
      { script: 'b.js', health: '/', wait_for: 3000, surge: 2, warmup: ['/'], strategy: 'blue-green', bake: '1m' },
      // @ts-expect-error a slip inside of an object is one, too
      { script: 'c.js', health: { paht: '/' } },
    ],
  });
  expect(apps.map((app) => validateApp(app).problems)).toEqual(
    [[], [], ['unknown field "health.paht". Did you mean "health.path"?', 'health.path is missing']].map((problems) =>
      problems.slice(0, 1),
    ),
  );
});

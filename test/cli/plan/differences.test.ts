import { expect, test } from 'vitest';
import { type Difference, differencesOf } from '../../../cli/plan/differences.ts';
import { CANARY_DEFAULTS, HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import type { AppSpec } from '../../../daemon/protocol/model.ts';
import { sampleSpec } from '../sample-apps.ts';

const HEALTH = { ...HEALTH_DEFAULTS, path: '/healthz' };
const LIMITS = { memory: 300 * 2 ** 20, cpu: null, hang: null, memorySamples: 10, cpuSamples: 10, grace: 30_000 };
const LONG = 'x'.repeat(100);

const changed = (field: string, from: string | null, to: string | null): Difference => ({
  field,
  change: 'changed',
  from,
  to,
});
const added = (field: string, to: string | null): Difference => ({ field, change: 'added', from: null, to });
const removed = (field: string, from: string | null): Difference => ({ field, change: 'removed', from, to: null });

test.each<[string, Partial<AppSpec>, Partial<AppSpec>, readonly Difference[]]>([
  ['nothing', {}, {}, []],
  ['instances, which are compared elsewhere', { instances: 2 }, { instances: 4 }, []],
  ['a path', { script: '/a.js' }, { script: '/b.js' }, [changed('script', '/a.js', '/b.js')]],
  ['a time', { killTimeout: 5_000 }, { killTimeout: 90_000 }, [changed('kill_timeout', '5s', '1m30s')]],
  [
    'a time that rounds to the same words',
    { minUptime: 61_000 },
    { minUptime: 61_500 },
    [changed('min_uptime', '61000', '61500')],
  ],
  ['a switch', { move: true }, { move: false }, [changed('move', 'true', 'false')]],
  ['permissions', { socketMode: 0o664 }, { socketMode: 0o600 }, [changed('socket_mode', '0664', '0600')]],
  ['words that begin', { args: [] }, { args: ['--port', '3000'] }, [added('args', '--port 3000')]],
  ['words that are others', { args: ['a b'] }, { args: ['a', 'b'] }, [changed('args', "'a b'", 'a b')]],
  ['what is too long to be shown', { args: [LONG] }, { args: [`${LONG}y`] }, [changed('args', null, null)]],
  [
    'a part and a number',
    { surge: { unit: 'count', value: 1 } },
    { surge: { unit: 'percent', value: 25 } },
    [changed('surge', '1', '25%')],
  ],
  [
    'variables, without their values',
    { env: { KEPT: '1', TOKEN: 'old', GONE: '' } },
    { env: { KEPT: '1', TOKEN: 'new', FRESH: 'x' } },
    [changed('env.TOKEN', null, null), added('env.FRESH', null), removed('env.GONE', null)],
  ],
  ['what a shell keeps for itself', { env: { _: 'a', SHLVL: '1' } }, { env: { _: 'b', SHLVL: '2', OLDPWD: '/' } }, []],
  ['a health check that is new', {}, { health: HEALTH }, [added('health', '/healthz')]],
  ['one that is gone', { health: HEALTH }, {}, [removed('health', '/healthz')]],
  [
    'parts of one; of headers the names',
    { health: { ...HEALTH, headers: { authorization: 'a' } } },
    {
      health: {
        ...HEALTH,
        path: '/up',
        port: '3001',
        status: { least: 200, most: 200 },
        headers: { authorization: 'b', host: 'c' },
      },
    },
    [
      changed('health', '/healthz', '/up'),
      added('health.port', '3001'),
      changed('health.status', '200-399', '200'),
      { field: 'health.headers.host', change: 'added', from: null, to: null },
    ],
  ],
  [
    'a strategy with its canary',
    {},
    { strategy: 'canary', canary: CANARY_DEFAULTS },
    [changed('strategy', 'rolling', 'canary'), added('canary', '1')],
  ],
  [
    'what a canary has to hold',
    { canary: CANARY_DEFAULTS },
    { canary: { ...CANARY_DEFAULTS, bake: 5_000, maxLatencyRatio: null } },
    [changed('canary.bake', '1m', '5s'), removed('canary.max_latency_ratio', '2')],
  ],
  ['a limit that is new', {}, { limits: LIMITS }, [added('max_memory_restart', '300M')]],
  [
    'how a limit is applied',
    { limits: LIMITS },
    { limits: { ...LIMITS, cpu: 90, memorySamples: 5 } },
    [added('max_cpu_restart', '90%'), changed('limit_samples', '10', '5')],
  ],
  ['a backoff', {}, { throttle: { first: 100, most: 15_000 } }, [added('exp_backoff_restart_delay', '0.1s')]],
])('%s', (_, before, after, differences) => {
  expect(differencesOf(sampleSpec(before), sampleSpec(after))).toEqual(differences);
});

test('a master of before, which knows less, has the defaults', () => {
  const { surge: _surge, health: _health, ...older } = sampleSpec();
  expect(differencesOf(older as AppSpec, sampleSpec())).toEqual([]);
});

test('every property of a description is compared', () => {
  const spec = sampleSpec({
    interpreter: '/usr/bin/node',
    health: HEALTH,
    canary: CANARY_DEFAULTS,
    limits: LIMITS,
    throttle: { first: 1, most: 2 },
  });
  const other: Partial<Record<keyof AppSpec, unknown>> = { health: null, canary: null, limits: null, throttle: null };
  const change = (key: keyof AppSpec): unknown => {
    if (key in other) return other[key];
    const value = spec[key];
    if (Array.isArray(value)) return [...(value as string[]), '7'];
    if (key === 'env') return { ...spec.env, MORE: '1' };
    if (key === 'surge') return { unit: 'count', value: 2 };
    return typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value as string}x`;
  };
  const keys = Object.keys(spec) as (keyof AppSpec)[];
  const blind = keys.filter((key) => differencesOf(spec, { ...spec, [key]: change(key) }).length === 0);
  expect(blind.toSorted()).toEqual(['instances', 'name']);
});

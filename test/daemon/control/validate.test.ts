import { describe, expect, test } from 'vitest';
import { isMethod, isTopic, methodParams, topicParams } from '../../../daemon/control/validate.ts';
import type { MethodName, TopicName } from '../../../daemon/protocol/contract.ts';
import { CANARY_DEFAULTS, HEALTH_DEFAULTS, SPEC_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import { sampleSpec } from '../sample-spec.ts';

const START = { specs: [sampleSpec()], replace: false };
const OPERATE = { kind: 'reload', targets: ['api'] };
const LOGS = { targets: [], lines: 15, streams: ['out', 'err'], follow: true };

const spec = (change: Record<string, unknown>): unknown => ({ ...START, specs: [{ ...sampleSpec(), ...change }] });
const without = (key: string): unknown => ({
  ...START,
  specs: [Object.fromEntries(Object.entries(sampleSpec()).filter(([name]) => name !== key))],
});

function refusal(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string };
  }
  return expect.unreachable('it was accepted');
}

const HEALTH = { ...HEALTH_DEFAULTS, path: '/healthz' };
const CANARY = { strategy: 'canary', canary: CANARY_DEFAULTS };

describe('good parameters come through as they are', () => {
  test.each<[MethodName, unknown]>([
    ['hello', { protocol: 1, version: '1.2.3' }],
    ['ping', {}],
    ['list', {}],
    ['shutdown', {}],
    ['start', START],
    [
      'start',
      { specs: [sampleSpec(), sampleSpec({ name: 'b', execMode: 'fork', interpreter: 'python3' })], replace: true },
    ],
    ['start', spec({ ...SPEC_DEFAULTS })],
    ['start', spec({ health: HEALTH, waitFor: ['3000', '/srv/app.sock'], warmup: ['/'], strategy: 'blue-green' })],
    ['start', spec({ health: { ...HEALTH, port: '[::1]:80', headers: { Host: 'me', 'x-token': 'größer' } } })],
    ['start', spec({ ...CANARY, surge: { unit: 'percent', value: 25 } })],
    // Scaled down after it was read.
    ['start', spec({ ...CANARY, instances: 1 })],
    ['start', spec({ env: {}, args: [], instances: 1_024, maxRestarts: 0, restartDelay: 0 })],
    ['operate', OPERATE],
    ['operate', { kind: 'scale', targets: ['api', '3', 'all'], scale: { mode: 'add', count: -2 } }],
    ['operate', { kind: 'scale', targets: ['api'], scale: { mode: 'set', count: 4 } }],
    ['control', { action: 'abort', targets: ['api', '3', 'all'] }],
    ['control', { action: 'pause', targets: ['api'], by: 'deploy (zdm pause api)' }],
    ['operate', { ...OPERATE, by: 'deploy (zdm reload api)' }],
    ['start', { ...START, by: 'x'.repeat(200) }],
    ['history', {}],
    ['save', { name: 'before-the-move' }],
    ['resurrect', { name: 'default', by: 'deploy (zdm resurrect)' }],
    ['snapshots', {}],
    ['environment', { targets: ['api'], secrets: false }],
  ])('%s %#', (method, params) => expect(methodParams(method, params)).toEqual(params));

  test.each<[TopicName, unknown]>([
    ['apps', {}],
    ['logs', LOGS],
    ['logs', { ...LOGS, lines: 0, streams: ['err'], targets: ['api', '1'] }],
    ['output', { targets: ['api'], lines: 0 }],
  ])('%s %#', (topic, params) => expect(topicParams(topic, params)).toEqual(params));

  test.each(['start', 'reload', 'restart', 'scale', 'stop', 'delete'])('operate: %s', (kind) => {
    expect(methodParams('operate', { ...OPERATE, kind })).toMatchObject({ kind });
  });
});

describe('bad parameters are refused, and the field is named', () => {
  test.each<[MethodName, unknown, string]>([
    ['list', null, 'the parameters'],
    ['list', 7, 'the parameters'],
    ['list', 'text', 'the parameters'],
    ['hello', {}, 'protocol'],
    ['hello', { protocol: '1', version: '1' }, 'protocol'],
    ['hello', { protocol: 1 }, 'version'],
    ['start', {}, 'specs'],
    ['start', { ...START, by: 7 }, 'by'],
    ['operate', { ...OPERATE, by: 'x'.repeat(201) }, 'by'],
    ['start', { specs: [], replace: false }, 'specs'],
    ['start', { specs: {}, replace: false }, 'specs'],
    ['start', { specs: [null], replace: false }, 'specs.0'],
    ['start', { specs: START.specs }, 'replace'],
    ['start', { ...START, replace: 'yes' }, 'replace'],
    ['save', {}, 'name'],
    ['save', { name: '../apps' }, 'name'],
    ['resurrect', { name: '.draft' }, 'name'],
    ['resurrect', { name: 'a/b' }, 'name'],
    ['operate', {}, 'kind'],
    ['operate', { ...OPERATE, kind: 'explode' }, 'kind'],
    ['operate', { ...OPERATE, kind: 'toString' }, 'kind'],
    ['operate', { kind: 'stop' }, 'targets'],
    ['operate', { ...OPERATE, targets: [] }, 'targets'],
    ['operate', { ...OPERATE, targets: 'api' }, 'targets'],
    ['operate', { ...OPERATE, targets: [0] }, 'targets.0'],
    ['operate', { ...OPERATE, targets: ['x'.repeat(70_000)] }, 'targets.0'],
    ['operate', { ...OPERATE, scale: 4 }, 'scale'],
    ['control', { action: 'stop', targets: ['api'] }, 'action'],
    ['control', { action: 'abort', targets: [] }, 'targets'],
    ['control', { action: 'abort', targets: ['api'], by: 'x'.repeat(201) }, 'by'],
    ['control', { action: 'abort', targets: ['api'], by: null }, 'by'],
    ['operate', { ...OPERATE, scale: { mode: 'times', count: 1 } }, 'scale.mode'],
    ['operate', { ...OPERATE, scale: { mode: 'add', count: 1.5 } }, 'scale.count'],
    ['operate', { ...OPERATE, scale: { mode: 'add', count: 5_000 } }, 'scale.count'],
    ['operate', { ...OPERATE, scale: { mode: 'set', count: 0 } }, 'scale.count'],
    ['operate', { ...OPERATE, scale: { mode: 'set', count: -1 } }, 'scale.count'],
  ])('%s %j', (method, params, field) => {
    const error = refusal(() => methodParams(method, params));
    expect(error.code).toBe('BAD_REQUEST');
    expect(error.message).toContain(`"${method}" was asked with a wrong ${field}: `);
  });

  const wrong: Record<string, readonly unknown[]> = {
    name: ['', 'all', '7', '../up', 'a b', 'x'.repeat(65), 7, null],
    script: ['', 7, null, 'x'.repeat(70_000), 'a\0b'],
    args: ['--x', [7], [null], {}, Array.from({ length: 10_001 }, () => ''), ['a\0b']],
    cwd: [7, null, 'a\0b'],
    env: [null, [], 'A=1', { A: 1 }, { A: null }, { A: 'a\0b' }, { 'A=B': '1' }, { 'A\0': '1' }, { '': '1' }],
    execMode: ['clusters', '', null],
    interpreter: [7, 'a\0b'],
    nodeArgs: ['--x', [7], ['\0']],
    instances: [0, -1, 1.5, 1_025, '2', null],
    waitReady: ['yes', 1, null],
    move: ['yes', null],
    autorestart: [0, null],
    listenTimeout: [-1, 2 ** 31, '10', null],
    waitFor: ['3000', [3000], [''], ['a\0b'], Array.from({ length: 101 }, () => '1'), null],
    health: [
      '/healthz',
      {},
      { ...HEALTH, path: 'healthz' },
      { ...HEALTH, path: '/a b' },
      { ...HEALTH, port: 3000 },
      { ...HEALTH, port: '' },
      { ...HEALTH, status: { least: 300, most: 200 } },
      { ...HEALTH, status: { least: 99, most: 200 } },
      { ...HEALTH, status: { least: 200, most: 600 } },
      { ...HEALTH, timeout: 0 },
      { ...HEALTH, interval: 0 },
      { ...HEALTH, successes: 0 },
      { ...HEALTH, failures: 1.5 },
      { ...HEALTH, headers: { 'a b': '' } },
      { ...HEALTH, headers: { a: 'b\r\nc: d' } },
      { ...HEALTH, headers: { a: 1 } },
    ],
    warmup: ['/', ['x'], ['/a\nb'], null],
    strategy: ['recreate', '', null],
    surge: [1, '25%', { unit: 'count', value: 0 }, { unit: 'percent', value: 101 }, { unit: 'parts', value: 1 }, null],
    minReady: [-1, 2 ** 31, null],
    progressDeadline: [-1, 2 ** 31, null],
    bake: [-1, 2 ** 31, null],
    canary: [
      true,
      {},
      CANARY_DEFAULTS,
      { ...CANARY_DEFAULTS, share: { unit: 'count', value: 0 } },
      { ...CANARY_DEFAULTS, bake: -1 },
      { ...CANARY_DEFAULTS, maxErrorRate: 1.1 },
      { ...CANARY_DEFAULTS, maxLatencyRatio: 0.5 },
      { ...CANARY_DEFAULTS, minRequests: -1 },
    ],
    killTimeout: [-1, 2 ** 31, null],
    drainTimeout: [-1, 2 ** 31, null],
    holdTimeout: [-1, 2 ** 31, null],
    minUptime: [-1, 2 ** 31, null],
    balance: ['round-robin', null],
    sticky: ['cookie', true, null],
    socketMode: [-1, 0o1000, '664', 1.5],
    shutdownWithMessage: ['yes', null],
    treekill: ['yes', null],
    restartDelay: [-1, 2 ** 31, null],
    stopExitCodes: [0, [-1], [256], [1.5], ['0'], null],
    maxRestarts: [-1, '16', null],
    restartWindow: [-1, 2 ** 31, null],
    throttle: [0, {}, { first: -1, most: 5 }, { first: 1 }],
    limits: [
      0,
      {},
      { memory: -1 },
      { memory: null, cpu: 'much', hang: null, memorySamples: 1, cpuSamples: 1, grace: 0 },
      { memory: null, cpu: null, hang: 'long', memorySamples: 1, cpuSamples: 1, grace: 0 },
      { memory: null, cpu: null, hang: null, memorySamples: 0, cpuSamples: 1, grace: 0 },
    ],
    outFile: [7, null, 'a\0b'],
    errorFile: [7, null, 'a\0b'],
  };

  test('every field of a description is tried', () =>
    expect(Object.keys(wrong).toSorted()).toEqual(Object.keys(sampleSpec()).toSorted()));

  test.each<[string, Record<string, unknown>]>([
    ['canary', { strategy: 'canary' }],
    ['strategy', { execMode: 'fork', strategy: 'blue-green' }],
    ['strategy', { execMode: 'fork', ...CANARY }],
    ['health', { execMode: 'fork', health: HEALTH }],
    ['health', { execMode: 'fork', warmup: ['/'] }],
    ['health', { execMode: 'fork', waitFor: ['3000'] }],
  ])('%s does not fit the rest of %j', (field, change) => {
    expect(refusal(() => methodParams('start', spec(change))).message).toContain(`a wrong specs.0.${field}: `);
  });

  describe.each(Object.entries(wrong))('spec.%s', (field, values) => {
    test.each(values.map((value) => [value]))('%#', (value) => {
      const error = refusal(() => methodParams('start', spec({ [field]: value })));
      expect(error).toMatchObject({ code: 'BAD_REQUEST' });
      expect(error.message).toContain(`specs.0.${field}`);
      expect(error.message.length).toBeLessThan(300);
    });

    test('missing', () => {
      // An interpreter is either named or null.
      expect(refusal(() => methodParams('start', without(field))).message).toContain(`specs.0.${field}`);
    });
  });

  test.each<[unknown, string]>([
    [{}, 'targets'],
    [{ ...LOGS, targets: null }, 'targets'],
    [{ ...LOGS, lines: -1 }, 'lines'],
    [{ ...LOGS, lines: 1.5 }, 'lines'],
    [{ ...LOGS, lines: 100_001 }, 'lines'],
    [{ ...LOGS, streams: ['both'] }, 'streams.0'],
    [{ ...LOGS, follow: 1 }, 'follow'],
    [null, 'the parameters'],
  ])('logs %j', (params, field) => {
    expect(refusal(() => topicParams('logs', params)).message).toContain(`"logs" was asked with a wrong ${field}: `);
  });
});

test('names of methods and topics', () => {
  expect(['hello', 'ping', 'list', 'start', 'operate', 'shutdown'].every(isMethod)).toBe(true);
  expect(['apps', 'logs'].every(isTopic)).toBe(true);
  for (const name of ['', 'apps', 'toString', 'constructor', '__proto__', 'hasOwnProperty'])
    expect(isMethod(name)).toBe(false);
  for (const name of ['', 'list', 'toString', 'constructor', '__proto__']) expect(isTopic(name)).toBe(false);
});

test('unknown fields do not come through', () => {
  expect(methodParams('operate', { ...OPERATE, extra: 1 })).toEqual(OPERATE);
});

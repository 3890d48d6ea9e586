import { describe, expect, test } from 'vitest';
import { gateDeadline, gateOf, gateOpen, gateVerdict } from '../../daemon/rollout/gate.ts';
import type { Machine, Policy, Worker } from '../../daemon/rollout/types.ts';
import { Stage } from './stage.ts';

function situation(policy: Partial<Policy>, listens: boolean | null, shown: Partial<Worker> = {}): [Machine, Worker] {
  const stage = new Stage(policy);
  stage.ask('start');
  const machine = { ...stage.machine, listens };
  return [machine, { ...machine.workers[0]!, ...shown }];
}

const cluster = { execMode: 'cluster' } as const;
const fork = { execMode: 'fork' } as const;
const ready = { waitReady: true } as const;

test.each([
  [{ ...cluster }, null, 'listening', 10_000],
  [{ ...cluster }, true, 'listening', 10_000],
  [{ ...cluster }, false, 'uptime', 1_000],
  [{ ...fork }, null, 'uptime', 1_000],
  [{ ...cluster, ...ready }, null, 'ready', 10_000],
  [{ ...cluster, ...ready }, false, 'ready', 10_000],
  [{ ...fork, ...ready }, null, 'ready', 10_000],
])('%o, known to listen: %s: the gate is %s, within %d ms', (policy, listens, gate, limit) => {
  const [machine] = situation(policy, listens);
  expect(gateOf(machine)).toBe(gate);
  expect(gateDeadline(machine, 5)).toBe(5 + limit);
});

describe('what opens it', () => {
  const listening = { listening: true };
  const saidReady = { saidReady: true };

  test.each([
    ['listening', cluster, null, listening, true],
    ['ready alone', cluster, null, saidReady, false],
    ['ready of an app not known to listen', ready, null, saidReady, true],
    ['ready of an app known not to listen', ready, false, saidReady, true],
    ['ready of an app known to listen', ready, true, saidReady, false],
    ['listening of an app that should say ready', ready, true, listening, false],
    ['both', ready, true, { ...listening, ...saidReady }, true],
    ['anything in fork mode', fork, null, { ...listening, ...saidReady }, false],
  ])('%s', (_, policy, listens, shown, open) => {
    expect(gateOpen(...situation(policy, listens, shown))).toBe(open);
  });
});

describe('still starting at the end of its time', () => {
  test.each([
    ['a background app', cluster, false, {}, { passed: true, note: null }],
    ['fork mode', fork, null, {}, { passed: true, note: null }],
    [
      'nothing known yet',
      cluster,
      null,
      {},
      { passed: true, note: 'runs without listening on a port (waited 10s for it)' },
    ],
    ['a server', cluster, true, {}, { passed: false, reason: 'did not listen on a port within 10s' }],
    [
      'nothing known but where it has to listen',
      { ...cluster, awaited: true },
      null,
      {},
      { passed: false, reason: 'did not listen on a port within 10s' },
    ],
    ['no ready', ready, null, {}, { passed: false, reason: "did not call process.send('ready') within 10s" }],
    [
      'ready, but no port',
      ready,
      true,
      { saidReady: true },
      { passed: false, reason: 'did not listen on a port within 10s' },
    ],
  ])('%s', (_, policy, listens, shown, verdict) => {
    expect(gateVerdict(...situation(policy, listens, shown))).toEqual(verdict);
  });

  test('the limit is told as it was', () => {
    const [machine, worker] = situation({ ...ready, listenTimeout: 1_540 }, null);
    expect(gateVerdict(machine, worker)).toMatchObject({ reason: expect.stringContaining('within 1.5s') });
  });
});

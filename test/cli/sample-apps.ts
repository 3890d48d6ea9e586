import { SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import type { AppSpec, AppStatus, OperationStatus, Receipt, WorkerStatus } from '../../daemon/protocol/model.ts';

/** The clock of all samples: 2026-11-21 12:00:00 UTC. */
export const NOW = Date.UTC(2026, 10, 21, 12);

/** A specification with these fields and ordinary others. */
export function sampleSpec(fields: Partial<AppSpec> = {}): AppSpec {
  return {
    ...SPEC_DEFAULTS,
    name: 'api',
    script: '/srv/shop/dist/server.js',
    args: [],
    cwd: '/srv/shop',
    env: { PATH: '/bin', SECRET: 'hunter2' },
    execMode: 'cluster',
    interpreter: null,
    nodeArgs: [],
    instances: 4,
    outFile: '/home/me/.zdm/logs/api-out.log',
    errorFile: '/home/me/.zdm/logs/api-error.log',
    ...fields,
  };
}

/** An app with `up` online workers and these fields. */
export function sampleApp(name: string, fields: Partial<AppStatus> = {}): AppStatus {
  const { up = 4, generation = 17 } = fields;
  return {
    id: 0,
    name,
    spec: sampleSpec({ name }),
    state: 'online',
    reason: null,
    retryAt: null,
    masterPid: 48_000,
    masterVersion: '0.1.0',
    generation,
    release: null,
    previous: null,
    wanted: 4,
    up,
    since: NOW - 76 * 3_600_000,
    restarts: 0,
    workers: Array.from({ length: up }, (_, slot) => sampleWorker(slot, { generation })),
    listeners: ['3000'],
    waiting: 0,
    lastExit: null,
    operations: [],
    events: [],
    ...fields,
  };
}

/** An online worker. */
export function sampleWorker(slot: number, fields: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    id: slot + 1,
    slot,
    pid: 48_211 + slot,
    generation: 17,
    stage: 'online',
    startedAt: NOW - 200_000,
    readyAt: NOW - 199_000,
    deadline: null,
    cpu: 35.5,
    memory: 203 * 2 ** 20,
    connections: 118,
    requests: 5_200,
    lag: 3,
    latency: 12,
    ...fields,
  };
}

/** A reload that is done, of four slots. */
export function sampleOperation(fields: Partial<OperationStatus> = {}): OperationStatus {
  return {
    op: 'op-1',
    kind: 'reload',
    by: null,
    strategy: 'rolling',
    paused: false,
    returning: null,
    canary: null,
    phase: 'done',
    askedAt: NOW - 60_000,
    startedAt: NOW - 60_000,
    endedAt: NOW - 57_900,
    from: 16,
    to: 17,
    slots: [],
    steps: [],
    receipt: sampleReceipt(),
    failure: null,
    note: null,
    ...fields,
  };
}

/** What a reload of four slots under a little load counts. */
export function sampleReceipt(fields: Partial<Receipt> = {}): Receipt {
  return {
    replaced: 4,
    slots: 4,
    moved: 64,
    drained: 0,
    told: 0,
    open: 3,
    cut: 0,
    handedOver: 0,
    held: 0,
    longestHold: 0,
    gap: 0,
    requestsOld: 1_204,
    requestsNew: 310,
    duration: 2_100,
    ...fields,
  };
}

/** One app in each condition that a list shows in its own way. */
export function sampleFleet(): AppStatus[] {
  const slots = [0, 1, 2, 3].map(
    (slot) =>
      ({ slot, oldPid: 1, newPid: 2, readyAfter: 5, goneAfter: null, phase: slot < 2 ? 'done' : 'waiting' }) as const,
  );
  const exit = {
    at: NOW - 9_000,
    slot: 0,
    pid: 99,
    generation: 3,
    code: 1,
    signal: null,
    uptime: 400,
    lines: ['Error: no SMTP'],
  };
  return [
    sampleApp('api', { id: 0 }),
    sampleApp('web', {
      id: 1,
      operations: [sampleOperation({ phase: 'running', endedAt: null, receipt: null, slots })],
    }),
    sampleApp('mailer', {
      id: 2,
      state: 'backoff',
      up: 0,
      wanted: 1,
      generation: 3,
      restarts: 14,
      listeners: [],
      lastExit: exit,
      spec: sampleSpec({ name: 'mailer', execMode: 'fork' }),
    }),
    sampleApp('thumbnailer', { id: 10, state: 'stopped', up: 0, wanted: 2, generation: 1, listeners: [] }),
    sampleApp('payments-worker-for-the-night-a', {
      id: 11,
      up: 3,
      reason: 'slot 3 is starting again',
      listeners: ['/run/payments/night/worker-a.sock', '9000'],
    }),
  ];
}

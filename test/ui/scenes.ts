// The states that the screens are looked at in.
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import type { View } from '../../ui/keys.ts';
import type { DashState, Spot } from '../../ui/state/state.ts';
import { NO_LOGS } from '../../ui/state/logs.ts';
import { aSlot, NOW, RECEIPT } from './samples.ts';
import { ROLLOUTS } from './rollout-scenes.ts';
import { API, OUTPUT, RELOAD, SHOP, shopState } from './shop.ts';

/** The fleet as seen from a screen of `api`. */
export function onScreen(view: View, changes: Partial<DashState> = {}, spot: Partial<Spot> = {}): DashState {
  return shopState({
    trail: [
      { view: 'overview', row: 0, pane: 0 },
      { view, row: 0, pane: 0, ...spot },
    ],
    logs: { ...NO_LOGS, apps: ['api'], lines: OUTPUT },
    ...changes,
  });
}

/** The rollout screen of an `api` whose last operation is this one. */
export function onRollout(operation: Partial<OperationStatus>, app: Partial<AppStatus> = {}): DashState {
  const api = { ...API, operations: [{ ...RELOAD, ...operation }], ...app };
  const { history } = shopState({}, [api]);
  return onScreen('rollout', { apps: [api, ...SHOP.slice(1)], history });
}

const NEW_WORKERS = API.workers
  .filter(({ generation }) => generation === 17)
  .map((worker) => ({ ...worker, stage: 'online' as const, readyAt: NOW - 4000, deadline: null }));

/** By name. */
export function scenes(): Readonly<Record<string, DashState>> {
  return {
    overview: shopState(),
    'overview, workers, marks, sorted, a notice': shopState({
      folds: new Map([['api', true]]),
      marked: new Set(['admin', 'billing']),
      sort: 'cpu',
      notice: { text: 'reload of api started (A aborts it)', tone: 'plain', at: NOW },
    }),
    'overview, filtered and reversed, read only': shopState({
      filter: 'a',
      sort: 'name',
      reverse: true,
      readOnly: true,
      marked: new Set(['api', 'admin']),
    }),
    'overview, daemon away': shopState({
      now: NOW + 12_000,
      link: { phase: 'lost', since: NOW, tries: 5, retryAt: NOW + 14_000, heardAt: NOW, reason: null },
    }),
    'overview, frozen': { ...shopState(), frozen: { apps: SHOP, history: new Map(), now: NOW } },
    'overview, nothing started': shopState({}, []),
    'overview, nothing matches': shopState({ filter: 'zzz' }),
    app: onScreen('app'),
    'app, events': onScreen('app', {}, { pane: 1, row: 1 }),
    'app, logs': onScreen('app', {}, { pane: 2, row: 30 }),
    'app that crashes': onScreen('app', { selected: 'mailer' }),
    'app that is stopped': onScreen('app', { selected: 'thumbnailer' }),
    rollout: onScreen('rollout'),
    'rollout, steps': onScreen('rollout', {}, { pane: 1, row: 2 }),
    'rollout, paused': onRollout({ paused: true }),
    'rollout, done': onRollout(
      {
        phase: 'done',
        endedAt: NOW - 2000,
        slots: RELOAD.slots.map((slot) => ({ ...slot, phase: 'done' as const, readyAfter: 1400, goneAfter: 900 })),
        receipt: { ...RECEIPT, drained: 7, told: 3, open: 0 },
      },
      { workers: NEW_WORKERS },
    ),
    'rollout, failed': onRollout({
      phase: 'failed',
      endedAt: NOW - 500,
      slots: [
        ...RELOAD.slots.slice(0, 1),
        { ...aSlot(1, 'failed'), oldPid: 41_002, newPid: 48_299 },
        { ...aSlot(2, 'waiting'), oldPid: 41_003 },
      ],
      failure: {
        slot: 1,
        reason: 'the new worker ended with exit code 1 before it was ready',
        lines: [
          "Error: Cannot find module './orders'",
          '    at Module._resolve (node:internal)',
          '    at server.js:7:11',
        ],
      },
      receipt: { ...RECEIPT, replaced: 1, slots: 4 },
    }),
    'rollout, a stop': onRollout({
      kind: 'stop',
      slots: [],
      from: 17,
      to: 17,
      steps: [{ at: NOW - 9100, slot: 0, text: 'old worker dismissed, pid 48211, 118 open' }],
    }),
    'rollout, none': onScreen('rollout', { selected: 'web' }),
    ...Object.fromEntries(
      Object.entries(ROLLOUTS).map(([name, { operation, app }]) => [name, onRollout(operation, app)]),
    ),
  };
}

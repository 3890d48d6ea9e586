// The orders of a list of apps: figures with the biggest first, states with the worst first, words as in a dictionary.
import type { AppState, AppStatus } from '../../daemon/protocol/model.ts';
import { usageOf } from './usage.ts';

export type Order = (a: AppStatus, b: AppStatus) => number;

const WORST_FIRST: readonly AppState[] = [
  'errored',
  'unreachable',
  'backoff',
  'stopping',
  'starting',
  'online',
  'stopped',
];

/** Ties are for whoever sorts. */
export const ORDERS = {
  id: (a, b) => a.id - b.id,
  name: byText(({ name }) => name),
  state: (a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state),
  ready: biggest(({ state, up, wanted }) => (state === 'stopped' ? 0 : wanted - up)),
  generation: biggest(({ generation }) => generation),
  cpu: biggest(({ workers }) => usageOf(workers).cpu),
  memory: biggest(({ workers }) => usageOf(workers).memory),
  connections: biggest(({ workers }) => usageOf(workers).connections),
  requests: biggest(({ workers }) => usageOf(workers).requests),
  latency: biggest(({ workers }) => usageOf(workers).latency),
  restarts: biggest(({ restarts }) => restarts),
  up: (a, b) => a.since - b.since,
} as const satisfies Record<string, Order>;

export function byText(text: (app: AppStatus) => string): Order {
  return (a, b) => (text(a) < text(b) ? -1 : Number(text(a) > text(b)));
}

function biggest(figure: (app: AppStatus) => number | null): Order {
  return (a, b) => (figure(b) ?? -1) - (figure(a) ?? -1);
}

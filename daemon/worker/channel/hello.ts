import { LINK_PROTOCOL } from '../../protocol/worker-link.ts';

/** What a worker says first, of one that has nothing. */
export const NOTHING = {
  act: 'hello',
  protocol: LINK_PROTOCOL,
  draining: false,
  places: [],
  gives: [],
  received: [],
} as const;

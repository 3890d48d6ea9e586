// Holds the present state outside React, so that live figures can be painted without React taking part.
import { useSyncExternalStore } from 'react';
import { reduce } from './reducer.ts';
import type { Action, DashState } from './state.ts';

export interface Store {
  readonly getState: () => DashState;
  readonly dispatch: (action: Action) => void;
  /** Calls back after each change; the result ends it. */
  readonly subscribe: (listener: (action: Action) => void) => () => void;
}

export function createStore(initial: DashState): Store {
  let state = initial;
  const listeners = new Set<(action: Action) => void>();
  return {
    getState: () => state,
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener(action);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** One part of the state in a component; it renders again only when that part is another one. */
export function useStore<T>(store: Store, select: (state: DashState) => T): T {
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}

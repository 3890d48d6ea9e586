// Keeps what is heard of the apps' output in step with what the screen shows: nothing flows that nobody looks at.
import type { Client, Subscription } from '../../daemon/client/types.ts';
import type { DashState } from './state.ts';
import type { Store } from './store.ts';

/** Lines to begin with, of each app. */
const LINES = 2000;

export class OutputLink {
  readonly #store: Store;
  readonly #daemon: () => Client | null;
  readonly #forget: () => void;
  #subscription: Subscription | null = null;
  /** Whose output was asked for; null: nobody's. */
  #targets: string | null = null;

  /** `daemon`: the living connection; null while there is none. */
  constructor(store: Store, daemon: () => Client | null) {
    this.#store = store;
    this.#daemon = daemon;
    this.#forget = store.subscribe(() => this.#follow());
  }

  close(): void {
    this.#forget();
    this.#subscription?.close();
    this.#subscription = null;
  }

  #follow(): void {
    const targets = targetsOf(this.#store.getState());
    const names = targets?.join('\n') ?? null;
    if (names === this.#targets) return;
    this.#subscription?.close();
    this.#subscription = null;
    // Known before anything is dispatched: the answer may come at once.
    this.#targets = names;
    const client = this.#daemon();
    if (client !== null && targets !== null) this.#subscribe(client, targets);
  }

  #subscribe(client: Client, targets: readonly string[]): void {
    const { dispatch } = this.#store;
    // A later snapshot is what a slow reader had left: it goes on where the first one ended.
    let whole = true;
    this.#subscription = client.subscribe(
      'output',
      { targets, lines: LINES },
      {
        snapshot: (lines) => {
          dispatch({ type: 'logs-lines', lines, whole });
          whole = false;
        },
        event: (lines) => dispatch({ type: 'logs-lines', lines, whole: false }),
        // With the connection, which the state hears of: when there is one again, it asks again.
        end: () => {},
      },
    );
  }
}

/** Whose output is wanted; null: nobody's. An app that is gone is not asked for: the daemon would refuse all of them. */
function targetsOf({ trail, logs, apps, link }: DashState): readonly string[] | null {
  const shown = link.phase === 'live' && trail.some(({ view }) => view === 'app' || view === 'logs');
  if (!shown) return null;
  if (logs.apps.length === 0) return [];
  const there = logs.apps.filter((app) => apps.some(({ name }) => name === app));
  return there.length === 0 ? null : there;
}

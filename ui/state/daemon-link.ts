// Keeps the dashboard connected: subscribe, and when the daemon goes, try again with growing pauses.
import type { Client } from '../../daemon/client/types.ts';
import { messageOf } from '../../daemon/protocol/errors.ts';
import type { Action } from './state.ts';

const PAUSES = [250, 500, 1000, 2000, 5000] as const;

export class DaemonLink {
  readonly #connect: () => Promise<Client>;
  readonly #dispatch: (action: Action) => void;
  #client: Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #tries = 0;
  #closed = false;

  constructor(connect: () => Promise<Client>, dispatch: (action: Action) => void) {
    this.#connect = connect;
    this.#dispatch = dispatch;
  }

  /** The living connection; null while there is none. */
  get client(): Client | null {
    return this.#client;
  }

  async open(): Promise<void> {
    try {
      const client = await this.#connect();
      if (this.#closed) client.close();
      else this.#subscribe(client);
    } catch (error) {
      this.#lost(reasonOf(error));
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#client?.close();
    this.#client = null;
  }

  #subscribe(client: Client): void {
    this.#client = client;
    const current = (): boolean => this.#client === client && !this.#closed;
    client.subscribe(
      'apps',
      {},
      {
        snapshot: (apps) => {
          if (!current()) return;
          this.#tries = 0;
          this.#dispatch({ type: 'snapshot', apps, at: Date.now() });
          void this.#askHistory(client);
        },
        event: (event) => {
          if (current()) this.#dispatch({ type: 'event', event, at: Date.now() });
        },
        end: () => {
          if (!current()) return;
          client.close();
          this.#lost(null);
        },
      },
    );
  }

  /** What was before us. Without it the graphs begin now. */
  async #askHistory(client: Client): Promise<void> {
    try {
      const history = await client.call('history', {});
      if (this.#client === client && !this.#closed) this.#dispatch({ type: 'history', history });
    } catch {
      // An older daemon has none; one that was lost is noticed by the subscription.
    }
  }

  #lost(reason: string | null): void {
    if (this.#closed) return;
    this.#client = null;
    const pause = PAUSES[Math.min(this.#tries, PAUSES.length - 1)] ?? 0;
    this.#tries += 1;
    this.#dispatch({ type: 'lost', at: Date.now(), retryAt: Date.now() + pause, reason });
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#dispatch({ type: 'retrying' });
      void this.open();
    }, pause);
  }
}

/** One line: what happened and the next step. The error comes from the command's bundle, which has a ZdmError of its own. */
function reasonOf(error: unknown): string {
  const [what = ''] = messageOf(error).split('\n');
  const hint = error instanceof Error && 'hint' in error ? error.hint : null;
  return typeof hint === 'string' ? `${what} ${hint}` : what;
}

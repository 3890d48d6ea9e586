// A daemon in memory: one list of apps, connections that can be cut, and calls that are written down.
import type { Client, SubscriptionHandlers } from '../../daemon/client/types.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';

export class FakeDaemon {
  apps: readonly AppStatus[];
  /** While false, connecting fails. */
  up = true;
  /** When set, every call is refused with this. */
  refusal: ZdmError | null = null;
  readonly calls: { method: string; params: unknown }[] = [];
  readonly #watchers = new Set<SubscriptionHandlers<'apps'>>();

  constructor(apps: readonly AppStatus[]) {
    this.apps = apps;
  }

  readonly connect = async (): Promise<Client> => {
    if (!this.up) throw new ZdmError('NO_DAEMON', 'No daemon runs.');
    const client = {
      greeting: { protocol: 1, version: '0.1.0', pid: 1 },
      call: async (method: string, params: unknown) => {
        // Every connection begins with it.
        if (method !== 'history') this.calls.push({ method, params });
        if (this.refusal !== null) throw this.refusal;
        return answerTo(method, params);
      },
      subscribe: (_topic: string, _params: unknown, handlers: SubscriptionHandlers<'apps'>) => {
        this.#watchers.add(handlers);
        handlers.snapshot(this.apps);
        return { close: () => void this.#watchers.delete(handlers) };
      },
      close: () => {},
    };
    return client as unknown as Client;
  };

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  change(name: string, changes: Partial<AppStatus>): void {
    this.apps = this.apps.map((app) => (app.name === name ? { ...app, ...changes } : app));
    const app = this.apps.find((one) => one.name === name);
    if (app === undefined) throw new Error(`No app ${name}`);
    for (const watcher of this.#watchers) watcher.event({ type: 'app', app });
  }

  remove(name: string): void {
    this.apps = this.apps.filter((app) => app.name !== name);
    for (const watcher of this.#watchers) watcher.event({ type: 'removed', name });
  }

  /** The daemon is gone: every connection breaks, new ones fail until `up` is set again. */
  die(): void {
    this.up = false;
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.end(new ZdmError('DISCONNECTED', 'The line was lost.'));
  }
}

function answerTo(method: string, params: unknown): unknown {
  const { targets = [], kind = null } = params as { targets?: readonly string[]; kind?: string | null };
  return method === 'history' ? [] : targets.map((name) => ({ name, op: 'asked', kind }));
}

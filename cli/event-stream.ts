// What happens to apps, found by comparing what the daemon says of them. Goes on with the next daemon when one is lost.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../daemon/client/types.ts';
import type { Topics } from '../daemon/protocol/contract.ts';
import type { AppStatus } from '../daemon/protocol/model.ts';
import { resolveTargets } from '../daemon/protocol/targets.ts';
import { type Happening, happenings, pastHappenings } from '../ui/paint/happening.ts';
import { daemonNews, type DaemonNews } from './output/event-lines.ts';

/** A daemon that is gone is looked for so often (ms). */
const LOOK = 300;

interface Watching {
  /** Apps by name or id; all when empty. */
  readonly targets: readonly string[];
  /** So many of what happened before. */
  readonly past: number;
  readonly follow: boolean;
  tell(events: readonly (Happening | DaemonNews)[]): void;
  /** The next daemon; null while there is none. */
  reconnect(): Promise<Client | null>;
}

/** Tells what happened and happens. Resolves when there is nothing to follow; rejects with NO_SUCH_APP. */
export async function watchEvents(first: Client, watching: Watching): Promise<void> {
  const { follow, tell, reconnect } = watching;
  const watcher = new Watcher(watching);
  for (let client: Client | null = first; ;) {
    await watcher.until(client);
    client.close();
    if (!follow) return;
    tell([daemonNews('lost', Date.now())]);
    do await pause(LOOK);
    while ((client = await reconnect().catch(() => null)) === null);
    tell([daemonNews('back', Date.now())]);
  }
}

class Watcher {
  private readonly watching: Watching;
  /** What is known, by name; null before anything is. */
  private known: ReadonlyMap<string, AppStatus> | null = null;
  private names: ReadonlySet<string> | null = null;

  constructor(watching: Watching) {
    this.watching = watching;
  }

  /** Resolves when the connection has ended, or nothing more is asked for. */
  until(client: Client): Promise<void> {
    return new Promise((resolve, reject) => {
      client.subscribe(
        'apps',
        {},
        {
          snapshot: (apps) => {
            try {
              this.take(apps);
            } catch (error) {
              client.close();
              reject(error);
            }
            if (!this.watching.follow) resolve();
          },
          event: (event) => this.hear(event),
          end: () => resolve(),
        },
      );
    });
  }

  private hear(event: Topics['apps']['event']): void {
    if (event.type === 'figures') return;
    const apps = new Map(this.known);
    if (event.type === 'app') apps.set(event.app.name, event.app);
    else apps.delete(event.name);
    this.compare(apps);
  }

  private take(apps: readonly AppStatus[]): void {
    const now = new Map(apps.map((app) => [app.name, app]));
    if (this.known !== null) return this.compare(now);
    const { targets, past, tell } = this.watching;
    if (targets.length > 0) this.names = new Set(resolveTargets(apps, targets).map(({ name }) => name));
    this.known = now;
    const before = apps.filter((app) => this.isMeant(app.name)).flatMap(pastHappenings);
    // toSorted is stable, and slice(-0) would be everything.
    if (past > 0) tell(before.toSorted((one, other) => one.at - other.at).slice(-past));
  }

  private compare(apps: ReadonlyMap<string, AppStatus>): void {
    const before = [...(this.known ?? apps).values()];
    this.known = apps;
    this.watching.tell(happenings(before, [...apps.values()], Date.now()).filter(({ app }) => this.isMeant(app)));
  }

  private isMeant(name: string): boolean {
    return this.names === null || this.names.has(name);
  }
}

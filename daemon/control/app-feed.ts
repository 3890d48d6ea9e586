// The `apps` topic: what happens at once, figures of all apps together once a second. No timer runs while nobody follows.
import type { Topics } from '../protocol/contract.ts';
import type { AppFigures, AppStatus } from '../protocol/model.ts';
import type { Feed } from '../protocol/peer.ts';

const FIGURES_EVERY = 1_000;

type AppsEvent = Topics['apps']['event'];

export class AppFeed {
  private readonly followers = new Set<(event: AppsEvent) => unknown>();
  /** Not told yet, by app. */
  private readonly figures = new Map<string, AppFigures>();
  private timer: NodeJS.Timeout | undefined;

  changed(app: AppStatus): void {
    // Of one that has ended nothing more is measured.
    if (app.masterPid === null) this.figures.delete(app.name);
    this.tell({ type: 'app', app });
  }

  removed(name: string): void {
    this.figures.delete(name);
    this.tell({ type: 'removed', name });
  }

  measured(figures: AppFigures): void {
    if (this.followers.size > 0) this.figures.set(figures.name, figures);
  }

  /** A new follower; `statuses` gives every app as it is. */
  open(statuses: () => readonly AppStatus[], push: (event: AppsEvent) => unknown): Feed {
    this.followers.add(push);
    this.timer ??= setInterval(() => this.tellFigures(), FIGURES_EVERY);
    return {
      snapshot: statuses,
      close: () => {
        this.followers.delete(push);
        if (this.followers.size > 0) return;
        clearInterval(this.timer);
        this.timer = undefined;
        this.figures.clear();
      },
    };
  }

  private tellFigures(): void {
    if (this.figures.size > 0) this.tell({ type: 'figures', figures: [...this.figures.values()] });
    this.figures.clear();
  }

  private tell(event: AppsEvent): void {
    for (const follower of this.followers) follower(event);
  }
}

// The `output` topic: what the workers print, from the memory of their masters. A master that ends is followed again when
// the app has a new one; of an app whose master knows no line, the log files tell the end.
import { FileTail } from '../logs/tail.ts';
import type { OutputLine } from '../protocol/model.ts';
import type { Feed } from '../protocol/peer.ts';
import type { AppHandle } from './app-handle.ts';
import type { Registry } from './registry.ts';

/** What waits for one reader: this many lines, and this much text (characters). */
const LINES = 10_000;
const TEXT = 2 * 1024 * 1024;
/** A master that does not answer within this time (ms) is not waited for. */
const ANSWER_WITHIN = 1_000;

interface Options {
  readonly targets: readonly string[];
  readonly lines: number;
}

type Followed = Pick<AppHandle, 'name' | 'status' | 'hasMaster' | 'followOutput'>;

/** What the feed needs to know of the apps. */
interface Apps {
  find(targets: readonly string[]): readonly Followed[];
  watch(watcher: (app: Followed) => void): ReturnType<Registry['watch']>;
}

/**
 * Opens the output of these apps: first the last `lines` of each, then what `push` gets. Of all apps, also those that come
 * later, when none is named. A reader that is slow gets the newest of what it left as its next snapshot.
 */
export async function openOutputFeed(
  registry: Apps,
  { targets, lines }: Options,
  push: (lines: readonly OutputLine[]) => boolean,
): Promise<Feed> {
  const apps = registry.find(targets);
  const reader = new Reader(lines, push);
  const names = new Set(apps.map(({ name }) => name));
  const leave = registry.watch((app) => {
    if (targets.length === 0 || names.has(app.name)) void reader.follow(app);
  });
  await Promise.all(apps.map((app) => reader.follow(app)));
  const silent = apps.filter(({ name }) => !reader.knows(name));
  const files = await Promise.all(silent.map(async (app) => ({ app, lines: await fileLines(app, lines) })));
  // One that has printed meanwhile has that line in its file, too.
  reader.begin(files.filter(({ app }) => !reader.knows(app.name)).flatMap((file) => file.lines));
  return {
    snapshot: () => reader.takeWaiting(),
    close() {
      leave();
      reader.close();
    },
  };
}

/** One follower of the topic, the masters it follows, and what it has not taken. */
class Reader {
  private readonly lines: number;
  private readonly push: (lines: readonly OutputLine[]) => boolean;
  private readonly followed = new Map<string, () => void>();
  private waiting: readonly OutputLine[] = [];

  constructor(lines: number, push: (lines: readonly OutputLine[]) => boolean) {
    this.lines = lines;
    this.push = push;
  }

  /** Resolves when the lines that the master knows have come, or none will. */
  follow(app: Followed): Promise<void> {
    if (!app.hasMaster || this.followed.has(app.name)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ANSWER_WITHIN);
      const begun = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const leave = app.followOutput(this.lines, {
        snapshot: (lines) => {
          this.take(lines as OutputLine[]);
          begun();
        },
        event: (lines) => this.take(lines as OutputLine[]),
        end: () => {
          this.followed.delete(app.name);
          begun();
        },
      });
      this.followed.set(app.name, leave);
    });
  }

  /** Whether lines of this app wait to be taken. */
  knows(app: string): boolean {
    return this.waiting.some((line) => line.app === app);
  }

  /** Puts what waits into the order of time, behind `old` lines that have none. */
  begin(old: readonly OutputLine[]): void {
    this.waiting = newestLines([...old, ...this.waiting.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0))]);
  }

  takeWaiting(): readonly OutputLine[] {
    const taken = this.waiting;
    this.waiting = [];
    return taken;
  }

  close(): void {
    for (const leave of this.followed.values()) leave();
    this.followed.clear();
  }

  /** Nothing is taken before the first snapshot, nor while what waits has not been taken. */
  private take(lines: readonly OutputLine[]): void {
    if (lines.length > 0 && !this.push(lines)) this.waiting = newestLines([...this.waiting, ...lines]);
  }
}

/** As many of the last of these lines as may wait. */
export function newestLines(lines: readonly OutputLine[]): readonly OutputLine[] {
  let text = 0;
  const over = lines.findLastIndex((line, index) => {
    text += line.text.length;
    return text > TEXT || index < lines.length - LINES;
  });
  return over < 0 ? lines : lines.slice(over + 1);
}

async function fileLines({ name, status: { spec } }: Followed, count: number): Promise<OutputLine[]> {
  const tails = (['out', 'err'] as const).map(async (stream) => {
    // A file that cannot be read has no lines.
    const texts = await new FileTail(stream === 'out' ? spec.outFile : spec.errorFile).last(count).catch(() => []);
    return texts.map((text) => ({ app: name, stream, text, seq: 0, at: null, slot: null, generation: null }));
  });
  return (await Promise.all(tails)).flat();
}

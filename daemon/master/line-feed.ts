// The `output` topic: the last lines of all workers from memory, then new ones in small batches. While nobody follows, lines
// are only remembered; no timer runs.
import { LineMemory, type Printed } from '../logs/line-memory.ts';
import type { OutputLine } from '../protocol/model.ts';
import type { Feed } from '../protocol/peer.ts';

/** In ms; not more than the time that a master takes for its farewell, or the last words of its workers would be lost. */
const BATCH_EVERY = 100;
/** Lines of one batch: of more, the newest. Nobody reads two thousand lines a second. */
const BATCH = 200;

type Push = (lines: readonly OutputLine[]) => boolean;

export class LineFeed {
  private memory = new LineMemory();
  /** How far each follower has got. */
  private readonly followers = new Map<Push, number>();
  private timer: NodeJS.Timeout | undefined;

  add(line: Printed): void {
    this.memory.add(line);
    if (this.followers.size > 0) this.timer ??= setTimeout(() => this.flush(), BATCH_EVERY);
  }

  /** The last lines, oldest first. */
  last(lines: number): readonly OutputLine[] {
    return this.memory.after(0, lines);
  }

  /** Puts what workers of another master have printed before what ours have. Nobody follows yet. */
  inherit(lines: readonly OutputLine[]): void {
    const own = this.memory.after(0, Infinity);
    this.memory = new LineMemory();
    for (const { seq: _, ...line } of [...lines, ...own]) this.memory.add(line);
  }

  /** A new follower, which gets the last `lines` first. One that is slow gets the newest of what it missed as its next snapshot. */
  open(lines: number, push: Push): Feed {
    let most = lines;
    this.followers.set(push, 0);
    return {
      snapshot: () => {
        const taken = this.memory.after(this.followers.get(push) ?? 0, most);
        this.followers.set(push, this.memory.last);
        most = BATCH;
        return taken;
      },
      close: () => this.followers.delete(push),
    };
  }

  private flush(): void {
    this.timer = undefined;
    for (const [push, seen] of this.followers) {
      const lines = this.memory.after(seen, BATCH);
      if (lines.length > 0 && push(lines)) this.followers.set(push, this.memory.last);
    }
  }
}

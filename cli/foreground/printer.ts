// What is seen of a run: the workers' lines on stdout and stderr, and what zdm has to say on stderr.
import { flushed, type Origin } from '../../daemon/foreground/console.ts';
import { clean } from '../../ui/paint/text.ts';
import { type Dressing, dressing } from './dress.ts';
import type { ForegroundOptions } from './options.ts';

/** A reader of our output that has stalled is waited for so long (ms) in the end. */
const FLUSH_LIMIT = 1_000;
const NOTHING = Buffer.alloc(0);
/** Those are among the happenings of an app. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['worker died', 'operation failed']);

export class Printer {
  /** While the dashboard has the screen nobody else writes on it; it shows the same lines from memory. */
  hidden: boolean;
  private readonly dressing: Dressing;

  constructor({ format, specs, dash }: Pick<ForegroundOptions, 'format' | 'specs' | 'dash'>) {
    this.hidden = dash !== undefined;
    this.dressing = dressing(
      format,
      specs.map(({ name }) => name),
    );
  }

  /** What stands in the output for a line of a worker. */
  dress(origin: Origin, line: Buffer): Buffer {
    return this.hidden ? NOTHING : this.dressing.worker(origin, line);
  }

  /** A line of zdm itself, about what happened `at` (ms). */
  say(text: string, at = Date.now()): void {
    if (!this.hidden) process.stderr.write(this.dressing.own(at, clean(text)));
  }

  /** What would stand in a daemon's log: `connections do not move on this node: node v20.1.0`. */
  event(event: string, facts: Readonly<Record<string, unknown>>): void {
    if (TOLD_ELSEWHERE.has(event)) return;
    const told = Object.entries(facts).map(([name, value]) =>
      name === 'error' ? String(value) : `${name} ${String(value)}`,
    );
    this.say(told.length === 0 ? event : `${event}: ${told.join(', ')}`);
  }
}

/** Resolves when what was written is out, or its reader has stalled. */
export async function flush(): Promise<void> {
  const out = Promise.all([process.stdout, process.stderr].map(flushed));
  await Promise.race([out, new Promise((resolve) => setTimeout(resolve, FLUSH_LIMIT))]);
}

// The `logs` topic: tails of the apps' files. Nothing is read while nobody follows.
import { FileTail } from '../logs/tail.ts';
import type { AppStatus, LogLine, LogStream } from '../protocol/model.ts';
import type { Feed } from '../protocol/peer.ts';

const POLL_EVERY = 150;

interface Source {
  readonly app: string;
  readonly stream: LogStream;
  readonly tail: FileTail;
}

/**
 * Opens the tails of these apps; with `follow`, `push` gets new lines until the feed is closed, else `end` is called. A reader
 * that is slow loses nothing: nothing more is read until it has taken what it left, as its next snapshot.
 */
export async function openLogFeed(
  apps: readonly AppStatus[],
  options: { readonly lines: number; readonly streams: readonly LogStream[]; readonly follow: boolean },
  push: (lines: readonly LogLine[]) => boolean,
  end: () => void,
): Promise<Feed> {
  const sources = apps.flatMap((app) => options.streams.map((stream) => sourceOf(app, stream)));
  const first = await Promise.all(sources.map((source) => read(source, source.tail.last(options.lines))));
  let left = first.flat();
  let timer: NodeJS.Timeout | undefined;
  const follow = async (): Promise<void> => {
    for (const source of sources) {
      if (left.length > 0 || !timer) break;
      const lines = await read(source, source.tail.poll());
      if (lines.length > 0 && !push(lines)) left = lines;
    }
    if (timer) timer = setTimeout(() => void follow(), POLL_EVERY);
  };
  if (options.follow) timer = setTimeout(() => void follow(), POLL_EVERY);
  else setImmediate(end);
  return {
    snapshot() {
      const lines = left;
      left = [];
      return lines;
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** A file that cannot be read has no lines; the others have theirs. */
async function read({ app, stream }: Source, taken: Promise<string[]>): Promise<LogLine[]> {
  const lines = await taken.catch(() => []);
  return lines.map((text) => ({ app, stream, text }));
}

function sourceOf(app: AppStatus, stream: LogStream): Source {
  return { app: app.name, stream, tail: new FileTail(stream === 'out' ? app.spec.outFile : app.spec.errorFile) };
}

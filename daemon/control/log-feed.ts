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

/** Opens the tails of these apps; with `follow`, `push` gets new lines until the feed is closed, else `end` is called. */
export async function openLogFeed(
  apps: readonly AppStatus[],
  options: { readonly lines: number; readonly streams: readonly LogStream[]; readonly follow: boolean },
  push: (lines: readonly LogLine[]) => void,
  end: () => void,
): Promise<Feed> {
  const sources = apps.flatMap((app) => options.streams.map((stream) => sourceOf(app, stream)));
  const read = async (take: (tail: FileTail) => Promise<string[]>): Promise<LogLine[]> => {
    const parts = await Promise.all(
      sources.map(async ({ app, stream, tail }) => (await take(tail)).map((text) => ({ app, stream, text }))),
    );
    return parts.flat();
  };
  const first = await read((tail) => tail.last(options.lines));
  let timer: NodeJS.Timeout | undefined;
  const follow = async (): Promise<void> => {
    const lines = await read((tail) => tail.poll()).catch(() => []);
    if (lines.length > 0) push(lines);
    if (timer) timer = setTimeout(() => void follow(), POLL_EVERY);
  };
  if (options.follow) timer = setTimeout(() => void follow(), POLL_EVERY);
  else setImmediate(end);
  return {
    snapshot: () => first.splice(0),
    close() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function sourceOf(app: AppStatus, stream: LogStream): Source {
  return { app: app.name, stream, tail: new FileTail(stream === 'out' ? app.spec.outFile : app.spec.errorFile) };
}

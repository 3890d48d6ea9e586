// RUNS BETWEEN A MASTER OF 0.1.0 AND THE ONE THAT TAKES ITS APP OVER. Up to 0.1.0 each app had a master of its own, which starts the
// next one as its child and gives it all it has over node's own channel. This is that child, and passes everything on.
import { text } from 'node:stream/consumers';
import { Channel, type Sendable } from '../channel/channel.ts';
import { connectPipe, nativePipe } from '../channel/pipes.ts';
import { findHome } from '../os/home.ts';
import type { Heritage, Takeover } from '../protocol/heir-link.ts';
import type { AppSpec } from '../protocol/model.ts';

/** What it is told by 0.1.0, of which more is said than is needed here. */
interface Bootstrap {
  readonly id: number;
  readonly spec: AppSpec;
  readonly heritage: Heritage;
}

const { id, spec, heritage } = JSON.parse(await text(process.stdin)) as Bootstrap;
const { workerSocket } = findHome(process.env);
const early: [unknown, Sendable | undefined][] = [];
let pass = (message: unknown, handle: Sendable | undefined): void => void early.push([message, handle]);
process.on('message', (message, handle) => pass(message, handle as Sendable | undefined));
process.on('disconnect', () => process.exit(0));

const channel: Channel = new Channel(await connectPipe(workerSocket, nativePipe(process)), {
  message: (message, handle) => {
    process.send?.(message, handle as never, { keepOpen: true }, () => handle?.close());
  },
  ended: () => process.exit(1),
});
channel.send({ act: 'takeover', id, spec, heritage } satisfies Takeover);
pass = (message, handle) => channel.send({ act: 'old', message }, handle, handle && (() => handle.close()));
for (const one of early.splice(0)) pass(...one);

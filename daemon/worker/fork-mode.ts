// A worker in fork mode: the app owns its ports, and all that goes through the master is what the app says to it.
import type { Identity } from '../protocol/worker-link.ts';
import { installAppChannel } from './channel/app-channel.ts';
import { takeOverCounting } from './channel/keep-alive.ts';
import { NOTHING } from './channel/hello.ts';
import { startLink } from './channel/link.ts';

/** Puts our channel in the place of node's own, so that it goes on with the next master. */
export function linkApp(identity: Identity): void {
  let saidReady = false;
  let epoch = 0;
  takeOverCounting();
  const app = installAppChannel(
    () => undefined,
    (message) => (saidReady ||= message === 'ready'),
  );
  startLink({
    socket: identity.socket,
    hello: () => ({ ...NOTHING, epoch, pid: process.pid, identity, saidReady }),
    lent: () => [],
    // Nobody will come in the place of that master: the app sees what it sees without us.
    orphaned: () => (identity.socket === null ? app.lost() : undefined),
    receive(message) {
      if (message.act === 'end') return process.exit();
      if (message.act === 'app') return app.deliver(message.message);
      if (message.act !== 'welcome') return;
      epoch = message.epoch;
      app.linked();
    },
  });
}

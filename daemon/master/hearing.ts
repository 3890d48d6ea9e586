// What a worker says, carried to the parts that it is for.
import type { App } from './app.ts';
import type { WorkerEvents } from './worker-events.ts';
import type { WorkerHandle } from './worker-handle.ts';
import { launchSpec } from './release.ts';

/** Called once for each worker; `handle` gives it, which does not exist yet. */
export function hearing(app: App, id: number, generation: number, handle: () => WorkerHandle): WorkerEvents {
  const { traffic, loop, story } = app;
  const spec = launchSpec(app.releases.of(generation));
  return {
    listen: (request) => void traffic.listen(handle(), request, spec),
    listening: () => {
      app.noteListening(handle());
      traffic.opened(handle());
    },
    said: (text) => app.heard(text),
    ready: () => loop.dispatch({ type: 'ready', worker: id }),
    answered: () => traffic.handOut.advance(),
    returned: (key, socket) => traffic.kernel.returned(handle(), key, socket),
    alive: () => traffic.alive(handle()),
    late: () => traffic.takeBack(handle()),
    orphaned: (connection) => traffic.orphaned(connection),
    gave: (connection) => traffic.gave(connection),
    load: (load, previous) => {
      story.receipts.answered(generation, load.requests - previous.requests);
      story.progressed(handle());
      if (load.promised !== previous.promised) loop.dispatch({ type: 'promised', worker: id, ms: load.promised });
      if (load.draining) traffic.heard(handle());
      // Figures alone are published with the next sample: they change with every request.
      if (load.draining && load.busy === 0) loop.dispatch({ type: 'settled', worker: id, empty: load.open === 0 });
    },
    gone: (code, signal) => app.ended(handle(), code, signal),
  };
}

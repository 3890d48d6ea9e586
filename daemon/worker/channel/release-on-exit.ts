// A worker that ends by itself, by an exception or process.exit(), gives its idle connections away in its last turn: their clients
// have nothing to do with what it died of. And it tells what it has answered. A signal leaves no such turn.
import { httpSockets, type StreamHandle } from '../../connections/internals.ts';
import { detach, idleSockets } from '../../connections/move.ts';
import type { FromWorker } from '../../protocol/worker-link.ts';
import { giveAtOnce } from './at-once.ts';
import type { PrivateConnections } from '../private-connections.ts';
import type { Subject } from '../drain.ts';
import type { Seam } from '../seam.ts';

/** The master lets as many wait when nobody else is there. */
const MOST = 1_000;

/** Called once, by the preload, so before anything of the app can listen for its end. `may`: whether anybody else is to have them. */
export function releaseOnExit({ seam, load, privates }: Subject, may: () => boolean): void {
  process.once('exit', () => {
    try {
      load.tellAnswers();
      if (may()) giveAtOnce(idleOnes(seam, privates));
      // What it has given does not end with it.
      load.report();
    } catch {
      // Whatever goes wrong here, it ends as it would have without us.
    }
  });
}

/** Each is taken out of its server only when it can be sent. */
function* idleOnes(
  { all }: Pick<Seam, 'all'>,
  privates: PrivateConnections,
): Generator<[FromWorker, () => StreamHandle]> {
  let count = 0;
  for (const { movable, key } of all) {
    if (!movable) continue;
    const clients = httpSockets(movable).filter((socket) => !privates.has(socket));
    for (const { socket, fresh } of idleSockets(movable, clients)) {
      count += 1;
      if (count > MOST) return;
      yield [{ act: 'give', give: 0, key, moved: !fresh, refusals: 0 }, () => detach(socket)];
    }
  }
}

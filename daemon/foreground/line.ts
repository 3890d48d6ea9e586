// Two peers in one process, with no socket between them.
import type { MasterLine } from '../control/masters.ts';
import { ZdmError } from '../protocol/errors.ts';
import { NO_SERVICE, Peer, type Service, type Transport } from '../protocol/peer.ts';

/** The asking end of a line to `service`; `lost` is called once when either side has closed it. */
export function lineTo(service: Service, lost: () => void): MasterLine {
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    const error = new ZdmError('DISCONNECTED', 'The connection was lost.');
    answering.close(error);
    asking.close(error);
    lost();
  };
  // Not in the same turn: as over a socket, nobody is answered before his own call has returned.
  const transportTo = (other: () => Peer): Transport => ({
    write: (text) => queueMicrotask(() => open && other().receive(Buffer.from(text))),
    backlog: 0,
    close: () => queueMicrotask(close),
  });
  const answering: Peer = new Peer(
    transportTo(() => asking),
    service,
    Infinity,
  );
  const asking: Peer = new Peer(
    transportTo(() => answering),
    NO_SERVICE,
    Infinity,
  );
  return { peer: asking, close: () => queueMicrotask(close) };
}

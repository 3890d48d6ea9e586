// PURE: which of a worker's places people mean. Keys are made in daemon/worker/seam.ts: `address:port:number`, with port -1 for
// unix sockets; those of UDP sockets and inherited descriptors begin with what they are.

const ANYWHERE = new Set(['', '::', '0.0.0.0']);
const HERE = new Set(['localhost', '127.0.0.1', '::1']);

/** Whether a worker that listens at `key` listens where `wanted` says: a port, `host:port`, or the path of a socket. */
export function isPlace(key: string, wanted: string): boolean {
  const place = parse(key);
  if (!place) return false;
  const { address, port } = place;
  if (port < 0) return address === wanted || (address.startsWith('\0') && wanted === `@${address.slice(1)}`);
  const [, host, number] = /^(?:(.*):)?(\d+)$/.exec(wanted) ?? [];
  if (Number(number) !== port) return false;
  return host === undefined || isHost(address, host.replaceAll(/[[\]]/g, ''));
}

/** Whether a connection can be handed to the worker there. */
export function isOurs(key: string): boolean {
  return parse(key) !== null;
}

function parse(key: string): { address: string; port: number } | null {
  if (/^(udp|fd\d+):/.test(key)) return null;
  const match = /^(.*):(-?\d+):\d+$/s.exec(key);
  return match && { address: match[1]!, port: Number(match[2]) };
}

/** Who listens everywhere listens there, too; and there are several names for this machine. */
function isHost(address: string, wanted: string): boolean {
  if (address === wanted || ANYWHERE.has(address)) return true;
  return ANYWHERE.has(wanted) ? false : wanted === 'localhost' && HERE.has(address);
}

// A connection of the master's with itself: one end is sent to a worker, as if a client had come, and over the other it is asked.
// Nothing but a real connection will do: a worker gets handles only, and node makes no pair of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onConnection, type ListenSocket, type StreamHandle } from '../connections/internals.ts';

export interface PrivateLine {
  /** Connected. */
  readonly client: Socket;
  /** Nothing was read from it; whoever gets it has to close it. */
  readonly handle: StreamHandle;
}

/** A pipe for servers on a unix socket, which see no address then, as usual; else one over the loopback interface. */
export async function openPrivateLine(isPipe: boolean): Promise<PrivateLine> {
  // Where no file can be made, on a full disk, an address is better than no question at all.
  return isPipe ? openPipe().catch(openLoopback) : openLoopback();
}

async function openLoopback(): Promise<PrivateLine> {
  return pair({ port: 0, host: '127.0.0.1' }, ({ port }) => connect(port, '127.0.0.1'));
}

/** In a folder that nobody else can enter; so whoever comes is us. */
async function openPipe(): Promise<PrivateLine> {
  const folder = await mkdtemp(join(tmpdir(), 'zdm-'));
  const path = join(folder, 'line');
  try {
    return await pair({ path }, () => connect(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Listens for exactly this one connection. */
async function pair(place: ListenOptions, reach: (address: AddressInfo) => Socket): Promise<PrivateLine> {
  const server = createServer();
  await listening(server, place);
  let client: Socket | undefined;
  try {
    const accepted = new Promise<StreamHandle>((resolve) => {
      // One that could not be accepted (no descriptor was free) is closed: the client tells.
      onConnection((server as unknown as { _handle: ListenSocket })._handle, (handle) => {
        if (client && isEndOf(client, handle)) resolve(handle);
        else handle.close();
      });
    });
    client = reach(server.address() as AddressInfo);
    return { client, handle: await Promise.race([bothOf(accepted, client), ended(client)]) };
  } catch (error) {
    client?.destroy();
    throw error;
  } finally {
    server.close();
  }
}

/** Anybody on this machine can connect to a port. */
function isEndOf(client: Socket, handle: StreamHandle): boolean {
  const name: { port?: number } = {};
  return !handle.getpeername || (handle.getpeername(name) === 0 && name.port === client.localPort);
}

function listening(server: Server, place: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).once('listening', resolve);
    server.listen({ ...place, exclusive: true });
  });
}

async function bothOf(accepted: Promise<StreamHandle>, client: Socket): Promise<StreamHandle> {
  await new Promise((resolve) => void client.once('connect', resolve));
  return accepted;
}

function ended(client: Socket): Promise<never> {
  return new Promise((_, reject) => {
    client.once('error', reject).once('close', () => reject(new Error('the connection was closed')));
  });
}

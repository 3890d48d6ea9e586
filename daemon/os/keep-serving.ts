// A socket's file may be deleted (somebody cleans /tmp), and nobody finds its server any more: it listens there again.
import { rmSync, statSync } from 'node:fs';
import { FRAME_LIMIT } from '../protocol/frames.ts';
import type { Service } from '../protocol/peer.ts';
import { logEvent } from './log.ts';
import { Trouble } from './trouble.ts';
import { connectPeer, servePeers } from './unix-socket.ts';

const LOOK_EVERY = 1_000;

interface Place {
  readonly path: string;
  /** Before it listens again: makes what was deleted, and throws when it is not safe there. */
  prepare(): void;
  /** Another process serves there now. */
  superseded?(): void;
}

/** Serves peers at `path` until it is closed. Rejects when that cannot be begun; later failures are said once and tried again. */
export async function keepServing(place: Place, serviceFor: () => Service): Promise<{ close(): void }> {
  const { path, prepare, superseded } = place;
  const trouble = new Trouble('listening', { path });
  let server = await servePeers(path, FRAME_LIMIT, serviceFor);
  let inode = inodeOf(path);
  let timer: NodeJS.Timeout;
  lookLater();

  function lookLater(): void {
    timer = setTimeout(() => void look(), LOOK_EVERY).unref();
  }

  async function look(): Promise<void> {
    if (inode === null || inodeOf(path) !== inode) {
      if (await isAnswered(path)) superseded?.();
      else await again().catch((error: unknown) => trouble.met(error));
    }
    lookLater();
  }

  async function again(): Promise<void> {
    inode = null;
    prepare();
    // First: closing removes whatever is at the path. Connections stay.
    server.close();
    server = await servePeers(path, FRAME_LIMIT, serviceFor);
    inode = inodeOf(path);
    logEvent('the socket was gone, listening again', { path });
    trouble.over();
  }

  return {
    close() {
      clearTimeout(timer);
      server.close();
      // Closing removes only the file of the place where it was first.
      rmSync(path, { force: true });
    },
  };
}

function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}

/** Whether anybody listens at `path`. */
async function isAnswered(path: string): Promise<boolean> {
  try {
    const { close } = await connectPeer(path, FRAME_LIMIT, () => undefined);
    close();
    return true;
  } catch {
    return false;
  }
}

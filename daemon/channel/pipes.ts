// The undocumented parts of node's pipes that carry handles, named in one place. node:net has the classes; `process.binding`, which
// would give them too, warns under --pending-deprecation and is refused under --permission. Seen on Node 20.20, 24.21 and 26.10.
import { Socket } from 'node:net';

/** A libuv handle that can be sent: a connection, a listening socket, a UDP socket. */
export interface Sendable {
  close(): void;
}

/** A unix socket of libuv that carries handles. */
export interface IpcPipe extends Sendable {
  readonly fd: number;
  readonly writeQueueSize?: number;
  /** Set by libuv when a handle has arrived; it belongs to the bytes of the same read. */
  pendingHandle?: Sendable | null;
  /** Gets what was read, in a buffer of just that size; nothing at the end and at an error. */
  onread: (bytes?: ArrayBuffer) => void;
  readStart(): number;
  readStop(): number;
  ref(): void;
  unref(): void;
  open(fd: number): number | void;
  writeUtf8String(request: WriteRequest | null, text: string, handle?: Sendable): number | WriteRequest;
}

/** A write that is under way. */
interface WriteRequest {
  oncomplete: ((status: number) => void) | null;
}

type PipeClass = new (kind: number) => IpcPipe;

const SOCKET = 0;
const IPC = 2;

/** Node keeps the pipe of its own channel (of `process`, and of each child that has one) under this symbol. */
function channelSymbol(target: object): symbol | undefined {
  return Object.getOwnPropertySymbols(target).find(({ description }) => description === 'kChannelHandle');
}

/** The pipe of node's own IPC channel: of this process, or to a child. Undefined when there is none. */
export function nativePipe(target: object): IpcPipe | undefined {
  const symbol = channelSymbol(target);
  return (symbol && (target as Record<symbol, IpcPipe | null>)[symbol]) ?? undefined;
}

let writeClass: (new () => WriteRequest) | null | undefined;

/**
 * Connects to `path` with a pipe that carries handles; `like` is any pipe, where there is one. Rejects with the system's error. Until it
 * is connected it does not keep the process alive.
 */
export function connectPipe(path: string, like?: object): Promise<IpcPipe> {
  return new Promise((resolve, reject) => {
    const pipe = new ((like ?? anyPipe(path)).constructor as PipeClass)(IPC);
    // node:net connects whatever handle it is given, and has the request for it. It reads nothing, and lets go afterwards.
    const socket = new Socket({ handle: pipe, manualStart: true } as object).pause();
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => undefined);
      (socket as unknown as { _handle: IpcPipe | null })._handle = null;
      socket.destroy();
      resolve(pipe);
    });
    socket.connect(path);
    pipe.unref();
  });
}

/** Handles that only have their descriptor open. */
const held: object[] = [];

/** Makes the pipe or FIFO behind the descriptor one whose writes never wait, as libuv does with each that it opens. Kept for good. */
export function holdNonBlocking(fd: number): void {
  const like = nativePipe(process);
  if (!like) return;
  const pipe = new (like.constructor as PipeClass)(SOCKET);
  pipe.open(fd);
  pipe.unref();
  held.push(pipe);
}

/** For its class: node makes one when it begins to connect. */
function anyPipe(path: string): object {
  const socket = new Socket();
  socket.on('error', () => undefined).connect(path);
  const { _handle: pipe } = socket as unknown as { _handle: object };
  socket.destroy();
  return pipe;
}

/**
 * The pipe that carries handles for a connection that a listening unix socket has accepted. The accepted handle only lends its
 * descriptor: it must never be read nor closed, also when the channel has ended, because by then its number is somebody else's. So
 * each costs one small object for good. (Node accepts no pipes of the other kind.)
 */
export function ipcPipeOf(accepted: object): IpcPipe {
  const pipe = new (accepted.constructor as PipeClass)(IPC);
  pipe.open((accepted as IpcPipe).fd);
  return pipe;
}

/**
 * Writes a message and, with it, a handle. 0, or a negative error of the system. `written` is called once, later, when the kernel has
 * its copy of the handle, or never will; without a handle it is not called at all.
 */
export function writeTo(pipe: IpcPipe, text: string, handle?: Sendable, written?: () => void): number {
  writeClass ??= findWriteClass(pipe);
  const request = writeClass ? new writeClass() : null;
  if (request) request.oncomplete = written ?? null;
  const result = pipe.writeUtf8String(request, text, handle);
  if (typeof result === 'number') return result;
  // Node 26 makes the request itself, when the write is not done at once.
  result.oncomplete = written ?? null;
  return 0;
}

/** What node up to 25 wants with each write; null where it makes them by itself. */
function findWriteClass(pipe: IpcPipe): (new () => WriteRequest) | null {
  let found: (new () => WriteRequest) | null = null;
  const probe = new (pipe.constructor as PipeClass)(SOCKET) as IpcPipe & Record<string, unknown>;
  const refuse = (request: WriteRequest | null): number => {
    found = request && (request.constructor as new () => WriteRequest);
    return -1;
  };
  for (const name of ['writeUtf8String', 'writeLatin1String', 'writeBuffer']) probe[name] = refuse;
  const socket = new Socket({ handle: probe, readable: false, writable: true } as object);
  socket.on('error', () => undefined);
  socket.write('x');
  socket.destroy();
  return found;
}

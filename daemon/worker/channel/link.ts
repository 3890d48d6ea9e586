// The worker's end of the channel to its master: the one that started it, or, when that one has gone, the next.
import { Channel, type Sendable } from '../../channel/channel.ts';
import { connectPipe, type IpcPipe, nativePipe } from '../../channel/pipes.ts';
import type { StreamHandle } from '../../connections/internals.ts';
import type { FromWorker, Hello, ToWorker } from '../../protocol/worker-link.ts';

export { holdAlive, letGo } from './keep-alive.ts';

/** While no master is there, one is looked for this often (ms). */
const LOOK_EVERY = 50;

type Give = Omit<Extract<FromWorker, { act: 'give' }>, 'give'>;

/** A copy of a listening socket that the next master is to have. */
export interface Lent {
  readonly key: string;
  readonly slot: boolean;
  readonly socket: Sendable;
}

interface Surroundings {
  /** Where the next master waits; null: without its master this process has nothing to do. */
  readonly socket: string | null;
  /** What the next master has to know, and the sockets that it has to have. */
  hello(gives: readonly number[]): Hello;
  lent(): readonly Lent[];
  receive(message: ToWorker, handle: StreamHandle | undefined): void;
  /** The master has gone. */
  orphaned(): void;
}

let around: Surroundings | undefined;
let channel: Channel | undefined;
let pipe: IpcPipe | undefined;
/** Handles that have arrived on this channel; and whether the master is still to be told. */
let got = 0;
let owesReceipt = false;
/** Handles that were sent on this channel, and how many of them have arrived: for those who send without a turn of the loop. */
let sent = 0;
let arrived = 0;
/** Connections that were given away and are perhaps not safe yet: a copy stays here, unread. */
const gives = new Map<number, { readonly message: FromWorker; readonly handle: StreamHandle }>();
let lastGive = 0;

/** Takes over node's own channel to the master that started this process. False when there is none. */
export function startLink(surroundings: Surroundings): boolean {
  pipe = nativePipe(process);
  if (!pipe) return false;
  around = surroundings;
  begin(pipe);
  return true;
}

/** Whether a master is there. */
export function isLinked(): boolean {
  return channel !== undefined;
}

/** Tells the master. Lost where none is there: the next one asks for everything. */
export function tell(message: FromWorker): void {
  channel?.send(message);
}

/** Gives a connection away. This side's copy is closed when another worker has it, or the master keeps it. */
export function give(message: Give, handle: StreamHandle): void {
  lastGive += 1;
  const numbered = { ...message, give: lastGive };
  gives.set(lastGive, { message: numbered, handle });
  if (channel) sent += 1;
  channel?.send(numbered, handle);
}

/** Sends a copy of `handle`, which stays open here. */
export function lend(message: FromWorker, handle: Sendable): void {
  if (channel) sent += 1;
  channel?.send(message, handle);
}

/** The channel at this moment. */
interface ChannelNow {
  readonly pipe: IpcPipe;
  /** Handles that have gone over it, and those of which a receipt was read. */
  readonly sent: number;
  readonly arrived: number;
  readonly send: Channel['send'];
}

/** Leaves this master, and looks for another one. */
export function hangUp(): void {
  channel?.close();
}

/** For the last turn of this process; undefined when no master is there. */
export function channelNow(): ChannelNow | undefined {
  return channel && pipe && { pipe, sent, arrived, send: channel.send.bind(channel) };
}

/** Connections that are given away and may not be safe yet. */
function unsafeGives(): readonly number[] {
  return [...gives.keys()];
}

function begin(on: IpcPipe): void {
  pipe = on;
  got = 0;
  sent = 0;
  arrived = 0;
  channel = new Channel(on, { message: (message, handle) => received(message as ToWorker, handle), ended }).unref();
  tell(around!.hello(unsafeGives()));
  for (const { key, slot, socket } of around!.lent()) lend({ act: 'spare', key, slot }, socket);
}

function ended(): void {
  channel = undefined;
  around!.orphaned();
  if (around!.socket !== null) lookSoon(around!.socket);
}

function lookSoon(socket: string): void {
  const again = (): void => lookSoon(socket);
  setTimeout(() => void connectPipe(socket, pipe).then(begin, again), LOOK_EVERY).unref();
}

function received(message: ToWorker & { readonly h?: unknown }, handle: Sendable | undefined): void {
  if (message.h) countHandle();
  if (message.h && !handle && message.act === 'connection') return tell({ act: 'lost', seq: message.seq });
  if (message.act === 'got') return void (arrived = message.count);
  if (message.act === 'taken') return safe(message.gives);
  if (message.act === 'again') return giveAgain();
  around!.receive(message, handle as StreamHandle | undefined);
}

/** One receipt a turn. */
function countHandle(): void {
  got += 1;
  if (owesReceipt) return;
  owesReceipt = true;
  setImmediate(() => {
    owesReceipt = false;
    tell({ act: 'got', count: got });
  });
}

function safe(numbers: readonly number[]): void {
  for (const number of numbers) {
    gives.get(number)?.handle.close();
    gives.delete(number);
  }
}

/** What the master before had and nobody else has got was lost with it. */
function giveAgain(): void {
  for (const { message, handle } of gives.values()) lend(message, handle);
}

// `process.send`, `process.on('message')`, `process.connected` and `process.disconnect` as the app knows them, over a link that may end and
// come back: between two masters the app notices nothing of it.
import { tell, isLinked } from './link.ts';

/** What an app may say while no master is there: this many messages, of this many characters in all. */
const MOST = 1_000;
const MOST_TEXT = 1024 * 1024;

type Done = (error: Error | null) => void;

/** Also node's, in a process without a channel. */
interface AppProcess {
  send?: unknown;
  connected: boolean;
  disconnect?: unknown;
  channel?: unknown;
}

/** Messages of node:cluster in this process to its primary. */
interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly seq?: unknown;
}

export interface AppChannel {
  /** The master has a message for the app. */
  deliver(message: unknown): void;
  /** A master is there (again). */
  linked(): void;
  /** None will be: as if node's own channel had ended. */
  lost(): void;
}

/** Puts it in the place of node's own. `left` is called when the app ends its channel, `says` with each of its messages. */
export function installAppChannel(left: () => void, says: (message: unknown) => void): AppChannel {
  const app = process as unknown as AppProcess;
  const waiting: { readonly text: string; readonly done: Done | undefined }[] = [];
  let waitingText = 0;

  function send(message: unknown, ...rest: readonly unknown[]): boolean {
    const done = rest.find((one) => typeof one === 'function') as Done | undefined;
    check(message);
    if (!app.connected) return fail(done, 'ERR_IPC_CHANNEL_CLOSED', 'Channel closed');
    if (isOfCluster(message)) return answerCluster(message);
    says(message);
    // What is sent is the message as it is now.
    const text = JSON.stringify(message);
    if (isLinked()) {
      tell({ act: 'app', message: JSON.parse(text) });
      if (done) process.nextTick(done, null);
      return true;
    }
    if (waiting.length >= MOST || waitingText + text.length > MOST_TEXT)
      return fail(done, 'ERR_ZDM_NO_MASTER', 'No master is there, and too many messages wait for one', true);
    waiting.push({ text, done });
    waitingText += text.length;
    return true;
  }

  function fail(done: Done | undefined, code: string, why: string, quietly = false): boolean {
    const error = Object.assign(new Error(why), { code });
    if (done) process.nextTick(done, error);
    else if (!quietly) process.nextTick(() => process.emit('error' as 'disconnect', ...([error] as unknown as [])));
    return false;
  }

  function disconnect(): void {
    if (!app.connected) {
      const error = Object.assign(new Error('IPC channel is already disconnected'), { code: 'ERR_IPC_DISCONNECTED' });
      process.emit('error' as 'disconnect', ...([error] as unknown as []));
      return;
    }
    app.connected = false;
    app.channel = null;
    left();
    process.nextTick(() => process.emit('disconnect'));
  }

  Object.assign(app, { send, connected: true, disconnect });

  return {
    deliver(message) {
      // As with node:cluster, whose worker object listens always, none waits for a listener.
      if (app.connected) process.emit('message', message, undefined);
    },
    lost() {
      if (!app.connected) return;
      app.connected = false;
      app.channel = null;
      process.emit('disconnect');
    },
    linked() {
      waitingText = 0;
      for (const { text, done } of waiting.splice(0)) {
        tell({ act: 'app', message: JSON.parse(text) });
        if (done) process.nextTick(done, null);
      }
    },
  };
}

/** What node refuses. */
function check(message: unknown): void {
  const isFine = ['string', 'number', 'boolean'].includes(typeof message) || (typeof message === 'object' && message);
  if (message === undefined)
    throw Object.assign(new TypeError('The "message" argument must be specified'), { code: 'ERR_MISSING_ARGS' });
  if (isFine || message === null) return;
  const why = 'The "message" argument must be one of type string, object, number, or boolean.';
  throw Object.assign(new TypeError(why), { code: 'ERR_INVALID_ARG_TYPE' });
}

function isOfCluster(message: unknown): message is ClusterMessage {
  return typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === 'NODE_CLUSTER';
}

/** There is no primary of node:cluster: what a worker must hear to go on with `cluster.worker.disconnect()`, it hears from here. */
function answerCluster({ act, seq }: ClusterMessage): boolean {
  if (act === 'exitedAfterDisconnect')
    setImmediate(() => process.emit('internalMessage' as 'message', { cmd: 'NODE_CLUSTER', ack: seq }, undefined));
  return true;
}

// Telling WebSockets to close: whom, and only where a frame is in place.
import type { IncomingMessage } from 'node:http';
import { PassThrough, type Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { WebSockets } from '../../../daemon/worker/websockets.ts';

/** As node has it when an upgrade is asked for; `bytesWritten` is what counts as accepted. */
function opened(all: WebSockets, url: string): Duplex & { bytesWritten: number } {
  const socket = Object.assign(new PassThrough(), { bytesWritten: 0 });
  all.add({ headers: { upgrade: 'WebSocket' }, url } as unknown as IncomingMessage, socket);
  return socket;
}

test('only those that the app has accepted, and whose address is asked for, are told, once', () => {
  const all = new WebSockets();
  const [ours, theirs, late] = [opened(all, '/chat'), opened(all, '/socket.io/'), opened(all, '/chat')];
  ours.bytesWritten = 129;
  theirs.bytesWritten = 129;
  const close = (): number => all.close(1, 1001, (url) => url === '/chat');
  expect(close()).toBe(1);
  expect(ours.read()).toEqual(Buffer.from([0x88, 0x02, 0x03, 0xe9]));
  expect([theirs.read(), late.read()]).toEqual([null, null]);
  late.bytesWritten = 129;
  expect([close(), close()]).toEqual([1, 0]);
  expect(all.leaving).toBe(2);
});

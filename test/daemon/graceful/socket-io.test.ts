// Which WebSockets socket.io closes itself.
import { expect, test } from 'vitest';
import { isOfSocketIo } from '../../../daemon/graceful/socket-io.ts';

test.each([
  [undefined, '/socket.io/?EIO=4', false],
  [{}, '/socket.io/?EIO=4', true],
  [{}, '/chat', false],
  [{ path: () => '/live' }, '/live/?EIO=4', true],
  [{ path: () => '/live' }, '/socket.io/?EIO=4', false],
])('%o: %s', (socketio, url, expected) => {
  expect(isOfSocketIo(socketio, url)).toBe(expected);
});

// Opens `count` connections, `concurrency` at a time, with one request each.
import { connect } from 'node:net';

const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n';

process.on('message', async ({ port, count, concurrency }) => {
  let left = count;
  let failed = 0;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      if (!(await one(port))) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  process.send({ failed });
});

/** @param {number} port */
function one(port) {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(REQUEST));
    socket.setEncoding('latin1').on('data', (data) => (text += data));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(text.startsWith('HTTP/1.1 200') && text.endsWith('hello\n')));
  });
}

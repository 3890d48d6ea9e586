// Promise: answers that take long finish with the worker that began them. Only at the drain limit they are cut, and counted.
import http from 'node:http';
import net from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { inTime, onceEvent, until } from '../helpers/until.ts';

const MB = 1024 * 1024;

async function startApp(flags: string[] = []): Promise<{ box: Sandbox; port: number; script: string }> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('long.js', 'api');
  box.setVersion(script, 1);
  await box.ok(['start', script, '--name', 'api', '-i', '4', ...flags], { env: { PORT: `${port}` } });
  return { box, port, script };
}

async function get(port: number, path: string): Promise<http.IncomingMessage> {
  const request = http.get({ port, host: '127.0.0.1', path, agent: false });
  return (await onceEvent(request, 'response'))[0] as http.IncomingMessage;
}

async function poll(port: number, ms: number): Promise<string> {
  const response = await get(port, `/poll?ms=${ms}`);
  let text = '';
  for await (const part of response) text += String(part);
  return text;
}

/** Reads `mb` megabytes, a bit every few ms, in about `ms` altogether; the bytes that came. */
async function slowDownload(port: number, mb: number, ms: number): Promise<number> {
  const response = await get(port, `/download?mb=${mb}`);
  const pieces = ms / 20;
  const piece = Math.ceil((mb * MB) / pieces);
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    const timer = setInterval(() => {
      bytes += ((response.read(Math.min(piece, response.readableLength)) as Buffer | null) ?? '').length;
    }, 20);
    const done = (error?: Error): void => {
      clearInterval(timer);
      if (error) reject(error);
      else resolve();
    };
    response.once('end', () => done()).once('error', done);
    response.pause();
  });
  return bytes;
}

/** A client that takes one byte at a time off the wire, and then uses its connection again. */
async function byteByByte(port: number): Promise<string[]> {
  const socket = net.connect({ port, host: '127.0.0.1', readableHighWaterMark: 1 } as net.TcpNetConnectOpts);
  await onceEvent(socket, 'connect');
  const answers: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    socket.write('GET /?n=1 HTTP/1.1\r\nHost: app\r\n\r\n');
    let text = '';
    await until(
      () => {
        text += String(socket.read(1) ?? '');
        return text.endsWith('}');
      },
      { within: 20_000, every: 1, message: 'the answer' },
    );
    answers.push(text.slice(0, 12));
  }
  socket.destroy();
  return answers;
}

test('5 reloads: long polls, slow downloads and clients that read byte by byte get everything', async () => {
  const { box, port, script } = await startApp();
  for (let version = 1; version <= 5; version += 1) {
    const polls = [1_500, 2_000].map((ms) => poll(port, ms));
    const downloads = [1_500, 2_500].map((ms) => slowDownload(port, 16, ms));
    const readers = [1, 2, 3, 4].map(() => byteByByte(port));
    await until(async () => (await connections(box)) >= 4, { message: 'all are connected' });
    box.setVersion(script, version + 1);
    expect(await box.ok(['reload', 'api'])).toMatch(/\b0 (connections )?cut/);
    expect(await Promise.all(polls)).toEqual([`${version}`, `${version}`]);
    expect(await Promise.all(downloads)).toEqual([16 * MB, 16 * MB]);
    for (const answers of await Promise.all(readers)) expect(answers).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  }
});

test('event streams: the rollout does not wait, the drain limit cuts, the receipt counts', async () => {
  const { box, port, script } = await startApp(['--drain-timeout', '3s']);
  const streams = await Promise.all(Array.from({ length: 8 }, () => get(port, '/events')));
  const texts = streams.map(() => '');
  const ends = streams.map((stream, index) => {
    stream.on('data', (part) => (texts[index] += String(part)));
    return new Promise<number>((resolve) => {
      stream.once('error', () => undefined).once('close', () => resolve(Date.now()));
    });
  });
  box.setVersion(script, 2);
  const started = Date.now();
  expect(await box.ok(['reload', 'api'])).toMatch(/\b0 (connections )?cut.*\b8 .*draining/);
  expect(Date.now() - started).toBeLessThan(2_500);
  const had = texts.map((text) => text.length);
  await until(() => texts.every((text, index) => text.length > had[index]! + 100), { message: 'events go on' });
  for (const text of texts) expect(text).not.toMatch(/data: 2/);
  const times = await inTime(Promise.all(ends), 10_000, 'the drain limit');
  for (const time of times) expect(time - started).toBeGreaterThan(2_900);
  await until(async () => (await box.app('api')).workers.length === 4, { message: 'the old workers end' });
  expect((await box.app('api')).operations.at(-1)!.receipt).toMatchObject({ cut: 8, open: 0, drained: 0 });
});

async function connections(box: Sandbox): Promise<number> {
  return (await box.app('api')).workers.reduce((sum, one) => sum + one.connections, 0);
}

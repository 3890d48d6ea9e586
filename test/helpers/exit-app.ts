// A program with zdm/graceful as a process of its own, without zdm around it.
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { makeFixtures } from './fixtures.ts';
import { freePort } from './ports.ts';
import { linkZdm } from './program.ts';
import { spawnLive, type LiveProcess } from './run.ts';
import { until } from './until.ts';

export interface ExitApp {
  readonly port: number;
  readonly process: LiveProcess;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Starts `test/fixtures/apps/exit/<fixture>` with these options of zdm/graceful; resolves when it serves. */
export function startExitApp(fixture: string, options: object = {}, env: Env = {}): Promise<ExitApp> {
  return start(
    (work) => {
      const fixtures = makeFixtures(work);
      fixtures.copyFixture('exit/options.js', 'app');
      return fixtures.copyFixture(`exit/${fixture}`, 'app');
    },
    { OPTIONS: JSON.stringify(options), ...env },
  );
}

/** The same for a program of the test's own, CommonJS (`.js`) unless the name says otherwise. */
export function startOwnExitApp(source: string, name = 'app.js', env: Env = {}): Promise<ExitApp> {
  return start((work) => makeFixtures(work).writeApp(source, path.join('app', name)), env);
}

async function start(write: (work: string) => string, env: Env): Promise<ExitApp> {
  const work = mkdtempSync('/tmp/zdm-exit-');
  const script = write(work);
  linkZdm(path.join(work, 'app'));
  const port = await freePort();
  const { PATH } = process.env;
  const live = spawnLive(script, [], { cwd: work, env: { PATH, PORT: `${port}`, ...env } });
  onTestFinished(() => {
    live.kill('SIGKILL');
    rmSync(work, { recursive: true, force: true });
  });
  await until(() => reacts(port), { message: () => `it listens. It printed:\n${live.output}` });
  return { port, process: live };
}

/**
 * Whether the program does anything with bytes: then the code that began to listen has run to its end. The kernel answers before
 * that, and a signal at that moment would find no handler. Servers of TLS and HTTP/2 just close.
 */
function reacts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (reacted: boolean): void => {
      resolve(reacted);
      socket.destroy();
    };
    let connected = false;
    socket.once('connect', () => {
      connected = true;
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    });
    socket.on('error', () => undefined);
    socket.once('data', () => answer(true)).once('close', () => answer(connected));
  });
}

// A program with zdm/graceful as a process of its own, without zdm around it.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { makeFixtures } from './fixtures.ts';
import { accepts, freePort } from './ports.ts';
import { spawnLive, type LiveProcess } from './run.ts';
import { until } from './until.ts';

export interface ExitApp {
  readonly port: number;
  readonly process: LiveProcess;
}

type Env = Readonly<Record<string, string | undefined>>;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Programs in this folder find this build of zdm as the package `zdm`. */
export function linkZdm(folder: string): void {
  mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, path.join(folder, 'node_modules', 'zdm'));
}

/** Starts `test/fixtures/apps/exit/<fixture>` with these options of zdm/graceful; resolves when it listens. */
export function startExitApp(fixture: string, options: object = {}, env: Env = {}): Promise<ExitApp> {
  return start((work) => {
    const fixtures = makeFixtures(work);
    fixtures.copyFixture('exit/options.js', 'app');
    return fixtures.copyFixture(`exit/${fixture}`, 'app');
  }, { OPTIONS: JSON.stringify(options), ...env });
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
  await until(() => accepts(port), { message: () => `it listens. It printed:\n${live.output}` });
  return { port, process: live };
}

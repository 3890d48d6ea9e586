// LOADED BY `zdm run` (cli/load-foreground.ts), and by zdm/master in a primary: runs apps in this process until they end or it is told to.
// Built into a file of its own, so that commands that never need a master do not load one.
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { consoleSinks } from '../../daemon/foreground/console.ts';
import { openForeground } from '../../daemon/foreground/daemon.ts';
import { surviveBugs } from '../../daemon/master/master.ts';
import { sendEventsTo } from '../../daemon/os/log.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { VERSION } from '../../daemon/protocol/version.ts';
import { clean } from '../../ui/paint/text.ts';
import { happenings } from '../../ui/paint/happening.ts';
import { dressing } from './dress.ts';
import { endOf } from './ending.ts';
import type { ForegroundOptions } from './options.ts';
import { hasTerminal, onSignals } from './signals.ts';

/** In ms; more than every app needs. */
const NO_LIMIT = 2 ** 31 - 1;

/** A reader of our output that has stalled is waited for so long (ms) in the end. */
const FLUSH_LIMIT = 1_000;

/** Runs the apps, and ends the process with their exit code when they have ended. */
export async function runForeground(options: ForegroundOptions): Promise<never> {
  const code = await codeOfRun(options);
  const flushed = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
  );
  await Promise.race([Promise.all(flushed), new Promise((resolve) => setTimeout(resolve, FLUSH_LIMIT))]);
  process.exit(code);
}

async function codeOfRun(options: ForegroundOptions): Promise<number> {
  const { specs, dist, patient, autoExit, tellsWorkers } = options;
  const { stdout, stderr } = process;
  const dress = dressing(
    options.format,
    specs.map(({ name }) => name),
  );
  // While the dashboard has the screen, nobody else writes on it; it shows the same lines from memory.
  let hidden = options.dash !== undefined;
  const say = (text: string, at = Date.now()): void => void (hidden || stderr.write(dress.own(at, clean(text))));
  surviveBugs({}, options.isNoBug);
  sendEventsTo((event, facts) => {
    // Those are among the happenings of an app.
    if (event !== 'worker died' && event !== 'operation failed') say(eventText(event, facts));
  });
  const foreground = openForeground({
    preload: join(dist, 'preload.cjs'),
    open: consoleSinks({ out: stdout, err: stderr }, (origin, line) =>
      hidden ? Buffer.alloc(0) : dress.worker(origin, line),
    ),
    tellsWorkers,
  });
  const client = foreground.connect();
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (code: number): void => {
      stopping = true;
      void client.call('shutdown', {}, NO_LIMIT).then(
        () => resolve(code),
        () => resolve(code),
      );
    };
    const reload = (signal: 'SIGHUP' | 'SIGUSR1'): void => {
      const version = versionOnDisk(dist);
      if (version === null || version === VERSION) return foreground.signalled(signal);
      const what = `${signal}: zdm ${version} is installed, and this is ${VERSION}`;
      if (options.onNewVersion === 'refuse')
        return say(`${what}. Not reloaded: end this process and start it again, the code that runs keeps serving.`);
      say(`${what}: ending with exit code 1, so that the service manager starts the new one.`);
      if (!stopping) stop(1);
    };
    const startedInTerminal = hasTerminal();
    onSignals({
      reload: (signal) => (startedInTerminal && !hasTerminal() ? stop(0) : reload(signal)),
      profile: () => foreground.signalled('SIGUSR2'),
      end: (signal) => {
        if (!stopping) return stop(0);
        foreground.killAll();
        process.exit(128 + constants.signals[signal]);
      },
    });
    let before: readonly AppStatus[] = [];
    const take = (apps: readonly AppStatus[]): void => {
      // That it is there is no news.
      const known = apps.map((app) => before.find(({ name }) => name === app.name) ?? { ...app, operations: [] });
      for (const { text, at } of happenings(known, apps, Date.now()).toSorted((a, b) => a.at - b.at)) say(text, at);
      before = apps;
      const code = autoExit && !stopping ? endOf(apps) : null;
      if (code !== null) resolve(code);
    };
    client.subscribe(
      'apps',
      {},
      {
        snapshot: take,
        event: (event) => {
          if (event.type === 'app') take(withApp(before, event.app));
        },
        end: () => undefined,
      },
    );
    client.call('start', { specs, replace: false, patient }, NO_LIMIT).catch((error: unknown) => {
      say(error instanceof ZdmError ? error.message : String(error));
      resolve(1);
    });
    void options.dash?.(foreground.connect).finally(() => {
      hidden = false;
      if (!stopping) say('the dashboard was left; the apps go on. Ctrl-C ends them.');
    });
  });
}

/** `signal not passed on: signal SIGUSR2, slot 0`. */
function eventText(event: string, facts: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(facts).map(([name, value]) =>
    name === 'error' ? String(value) : `${name} ${String(value)}`,
  );
  return told.length === 0 ? event : `${event}: ${told.join(', ')}`;
}

function withApp(apps: readonly AppStatus[], app: AppStatus): readonly AppStatus[] {
  return apps.some(({ name }) => name === app.name)
    ? apps.map((one) => (one.name === app.name ? app : one))
    : [...apps, app];
}

/** Null when it cannot be read: then there is nothing to compare. */
function versionOnDisk(dist: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(join(dist, '..', 'package.json'), 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

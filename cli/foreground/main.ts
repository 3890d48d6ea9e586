// LOADED BY `zdm run` (cli/load-foreground.ts), and by zdm/master in a primary: runs apps in this process until they end or it is told to.
// Built into a file of its own, so that commands that never need a master do not load one.
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../daemon/client/types.ts';
import { consoleSinks } from '../../daemon/foreground/console.ts';
import { type Foreground, openForeground } from '../../daemon/foreground/daemon.ts';
import { surviveBugs } from '../../daemon/master/master.ts';
import { sendEventsTo } from '../../daemon/os/log.ts';
import { LONGEST_TIMER } from '../../daemon/protocol/duration.ts';
import { messageOf } from '../../daemon/protocol/errors.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { VERSION } from '../../daemon/protocol/version.ts';
import { happenings } from '../../ui/paint/happening.ts';
import { endOf } from './ending.ts';
import type { ForegroundOptions } from './options.ts';
import { flush, Printer } from './printer.ts';
import { hasTerminal, onSignals } from './signals.ts';
import { versionOnDisk } from './version-on-disk.ts';

/** Runs the apps, and ends the process with their exit code when they have ended. */
export async function runForeground(options: ForegroundOptions): Promise<never> {
  const run = new Run(options);
  const code = await run.code;
  await run.foreground.swept();
  await flush();
  process.exit(code);
}

/** From the start of the apps to the exit code. */
class Run {
  /** Resolves when all is over. */
  readonly code: Promise<number>;
  private readonly options: ForegroundOptions;
  private readonly printer: Printer;
  readonly foreground: Foreground;
  private readonly client: Client;
  private readonly startedInTerminal = hasTerminal();
  private apps: readonly AppStatus[] = [];
  private stopping = false;
  private end: (code: number) => void = () => undefined;

  constructor(options: ForegroundOptions) {
    this.options = options;
    this.printer = new Printer(options);
    this.code = new Promise((resolve) => (this.end = resolve));
    surviveBugs({}, options.isNoBug);
    sendEventsTo((event, facts) => this.printer.event(event, facts));
    this.foreground = openForeground({
      preload: join(options.dist, 'preload.cjs'),
      open: consoleSinks(process, (origin, line) => this.printer.dress(origin, line)),
      tellsWorkers: options.tellsWorkers,
    });
    this.client = this.foreground.connect();
    this.listen();
    this.start();
    void this.showDash();
  }

  private listen(): void {
    onSignals({
      reload: (signal) => (this.startedInTerminal && !hasTerminal() ? this.stop(0) : this.reload(signal)),
      profile: () => this.foreground.signalled('SIGUSR2'),
      end: (signal) => {
        if (!this.stopping) return this.stop(0);
        void this.foreground.killAll().finally(() => process.exit(128 + constants.signals[signal]));
      },
    });
    this.client.subscribe(
      'apps',
      {},
      {
        snapshot: (apps) => this.take(apps),
        event: (event) => {
          if (event.type === 'app') this.take([...this.apps.filter(({ id }) => id !== event.app.id), event.app]);
        },
        end: () => undefined,
      },
    );
  }

  private start(): void {
    const { specs, patient } = this.options;
    this.client.call('start', { specs, replace: false, patient }, LONGEST_TIMER).catch((error: unknown) => {
      this.printer.say(messageOf(error));
      this.end(1);
    });
  }

  private async showDash(): Promise<void> {
    const { dash } = this.options;
    if (!dash) return;
    await dash(this.foreground.connect).catch((error: unknown) => this.printer.say(messageOf(error)));
    this.printer.hidden = false;
    if (!this.stopping) this.printer.say('the dashboard was left; the apps go on. Ctrl-C ends them.');
  }

  private take(apps: readonly AppStatus[]): void {
    // That it is there is no news.
    const known = apps.map((app) => this.apps.find(({ id }) => id === app.id) ?? { ...app, operations: [] });
    const news = happenings(known, apps, Date.now()).toSorted((a, b) => a.at - b.at);
    for (const { text, at } of news) this.printer.say(text, at);
    this.apps = apps;
    const code = this.options.autoExit && !this.stopping ? endOf(apps) : null;
    if (code !== null) this.end(code);
  }

  private reload(signal: 'SIGHUP' | 'SIGUSR1'): void {
    const { dist, onNewVersion } = this.options;
    const version = versionOnDisk(dist);
    if (version === null || version === VERSION) return this.foreground.signalled(signal);
    const what = `${signal}: zdm ${version} is installed, and this is ${VERSION}`;
    if (onNewVersion === 'refuse')
      return this.printer.say(`${what}. Not reloaded: end this process and start it again; what runs keeps serving.`);
    this.printer.say(`${what}: ending with exit code 1, so that the service manager starts the new one.`);
    this.stop(1);
  }

  /** Requests in flight finish first. */
  private stop(code: number): void {
    if (this.stopping) return;
    this.stopping = true;
    const end = (): void => this.end(code);
    this.client.call('shutdown', {}, LONGEST_TIMER).then(end, end);
  }
}

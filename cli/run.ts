// One command: parse, ask the daemon, print. Loaded by main.ts; everything it starts outlives it.
import { tryConnect } from '../daemon/client/connect.ts';
import { connectIfAlive, connectIfKnown, connectOrLaunch } from '../daemon/client/launch.ts';
import { filesSetAside, homeOf } from '../daemon/client/home.ts';
import type { Client } from '../daemon/client/types.ts';
import { VERSION } from '../daemon/protocol/version.ts';
import type { Context } from './command.ts';
import { commands } from './commands/all.ts';
import { lendImport } from './import-module.ts';
import { asideLines } from './output/aside.ts';
import { errorLines, exitCodeOf } from './output/failure.ts';
import { runProgram } from './program.ts';
import { commandTheme } from '../ui/paint/theme.ts';
import { join } from 'node:path';

const { env, stdout } = process;
const words = process.argv.slice(2);
const split = words.indexOf('--');
const rest = split < 0 ? [] : words.slice(split + 1);
/** Output streams that were used; opening one that is not needed would cost every command half a millisecond. */
const printed = new Set<NodeJS.WritableStream>([stdout]);

// `zdm list | head` closes the pipe early; that is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

function write(stream: NodeJS.WritableStream, lines: readonly string[]): void {
  if (lines.length === 0) return;
  printed.add(stream);
  stream.write(`${lines.join('\n')}\n`);
}

async function main(): Promise<number> {
  const layout = homeOf(env);
  let asked = false;
  const ask = async <C extends Client | null>(connecting: Promise<C>): Promise<C> => {
    asked = true;
    const client = await connecting;
    compare(client);
    return client;
  };
  const daemon = join(__dirname, 'zdmd.mjs');
  const context: Context = {
    env,
    layout,
    theme: commandTheme({ env, isTerminal: stdout.isTTY, platform: process.platform }),
    width: stdout.isTTY ? (stdout.columns ?? 80) : Infinity,
    isTerminal: stdout.isTTY,
    rest,
    dist: __dirname,
    print: (lines) => write(stdout, lines),
    warn: (lines) => write(process.stderr, lines),
    connect: () => ask(connectOrLaunch(layout, daemon)),
    connectIfKnown: () => ask(connectIfKnown(layout, daemon)),
    connectIfAlive: () => ask(connectIfAlive(layout, daemon)),
    tryConnect: () => tryConnect(layout),
  };
  try {
    return await runProgram(commands, context, split < 0 ? words : words.slice(0, split));
  } finally {
    // At the end: a dashboard has left the screen by then.
    if (asked) context.warn(asideLines(filesSetAside(layout)));
  }
}

let isCompared = false;

/** Says once when the daemon is of another version: it was not replaced after an installation. */
function compare(client: Client | null): void {
  const version = client?.greeting.version ?? VERSION;
  if (version === VERSION || isCompared || words[0] === 'update') return;
  isCompared = true;
  write(process.stderr, [`The daemon is zdm ${version}, this is zdm ${VERSION}. Replace it without a gap: zdm update`]);
}

function complain(error: unknown): number {
  const theme = commandTheme({ env, isTerminal: process.stderr.isTTY, platform: process.platform });
  write(process.stderr, errorLines(error, theme, env['ZDM_DEBUG'] !== undefined));
  return exitCodeOf(error);
}

/** Ends when everything printed is out (a full pipe takes its time). Leaving by ourselves is 2 ms shorter than running out of work. */
async function leave(code: number): Promise<void> {
  await Promise.all([...printed].map((stream) => new Promise((flushed) => stream.write('', flushed))));
  process.exit(code);
}

/** Runs the command line of this process, and ends it. `importer` is import(). */
export function run(importer: Parameters<typeof lendImport>[0]): void {
  lendImport(importer);
  void Promise.resolve().then(main).catch(complain).then(leave);
}

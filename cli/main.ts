// RUNS AS `zdm`: parse, ask the daemon, print. Everything it starts outlives it.
import { connectIfAlive, connectIfKnown, connectOrLaunch } from '../daemon/client/launch.ts';
import { homeOf } from '../daemon/client/connect.ts';
import type { Client } from '../daemon/client/types.ts';
import type { Context } from './command.ts';
import { commands } from './commands/all.ts';
import { errorLines, exitCodeOf } from './output/failure.ts';
import { styleFor } from './output/style.ts';
import { runProgram } from './program.ts';
import { join } from 'node:path';

const { env, stdout, stderr } = process;
const words = process.argv.slice(2);
const split = words.indexOf('--');
const rest = split < 0 ? [] : words.slice(split + 1);
const errorStyle = styleFor({ env, isTerminal: stderr.isTTY, platform: process.platform });

// `zdm list | head` closes the pipe early; that is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

function write(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
}

/** Clients that are open: a command that ends with an error leaves its own behind, which would keep this process alive. */
const clients = new Set<Client>();

async function kept<T extends Client | null>(connecting: Promise<T>): Promise<T> {
  const client = await connecting;
  if (client) clients.add(client);
  return client;
}

async function main(): Promise<number> {
  const layout = homeOf(env);
  const daemon = join(__dirname, 'zdmd.mjs');
  const context: Context = {
    env,
    layout,
    style: styleFor({ env, isTerminal: stdout.isTTY, platform: process.platform }),
    width: stdout.isTTY ? (stdout.columns ?? 80) : Infinity,
    isTerminal: stdout.isTTY,
    rest,
    dist: __dirname,
    print: (lines) => write(stdout, lines),
    warn: (lines) => write(stderr, lines),
    connect: () => kept(connectOrLaunch(layout, daemon)),
    connectIfKnown: () => kept(connectIfKnown(layout, daemon)),
    connectIfAlive: () => kept(connectIfAlive(layout, daemon)),
  };
  return runProgram(commands, context, split < 0 ? words : words.slice(0, split));
}

void main()
  .then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      write(stderr, errorLines(error, errorStyle, env['ZDM_DEBUG'] !== undefined));
      process.exitCode = exitCodeOf(error);
    },
  )
  .finally(() => {
    for (const client of clients) client.close();
  });

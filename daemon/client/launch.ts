// Starting zdmd when there is none. Any number of commands may do this at once: each starts one, the lock lets one live.
import { existsSync } from 'node:fs';
import { prepareHome } from '../os/home.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { Layout } from '../protocol/layout.ts';
import { tryConnect } from './connect.ts';
import type { Client } from './types.ts';

const LIMIT = 15_000;
const POLL = 20;

/** A client of the running daemon; of a new one, run from `script`, when there is none. */
export async function connectOrLaunch(layout: Layout, script: string): Promise<Client> {
  const client = await tryConnect(layout);
  return typeof client === 'string' ? launch(layout, script) : client;
}

/**
 * A client of the daemon that runs, or of a new one in place of a dead one: its apps need one. Null when none was ever there,
 * or it was ended.
 */
export async function connectIfAlive(layout: Layout, script: string): Promise<Client | null> {
  const client = await tryConnect(layout);
  if (client === 'none') return null;
  return client === 'dead' ? launch(layout, script) : client;
}

/** Like connectIfAlive, but an ended daemon is started again when it has apps to tell of. Null when nothing was ever started. */
export async function connectIfKnown(layout: Layout, script: string): Promise<Client | null> {
  const client = await connectIfAlive(layout, script);
  return client ?? (existsSync(layout.registry) ? launch(layout, script) : null);
}

async function launch(layout: Layout, script: string): Promise<Client> {
  prepareHome(layout);
  // Only now: loading child_process costs every command as much as parsing all of ours.
  const { launchDaemon } = await import('../os/launch.ts');
  const { failed } = await launchDaemon(layout, script, { ...process.env, ZDM_HOME: layout.home });
  const failure = failed.then((error) => {
    throw new ZdmError('DAEMON_FAILED', `The daemon did not start. ${error.message}`, error.hint);
  });
  return Promise.race([poll(layout), failure]);
}

async function poll(layout: Layout): Promise<Client> {
  const until = performance.now() + LIMIT;
  for (;;) {
    const client = await tryConnect(layout);
    if (typeof client !== 'string') return client;
    if (performance.now() > until)
      throw new ZdmError(
        'DAEMON_FAILED',
        `The daemon does not answer after ${LIMIT / 1000}s.`,
        `See ${layout.daemonLog}`,
      );
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

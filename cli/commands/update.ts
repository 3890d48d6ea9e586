// After another version of zdm was installed: the daemon is replaced, then the master, whose workers go on. Masters of 0.1.0, one for
// each app, hand their apps over.
import { setTimeout as pause } from 'node:timers/promises';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { plural } from '../../daemon/protocol/format.ts';
import { resolveTargets } from '../../daemon/protocol/targets.ts';
import { VERSION } from '../../daemon/protocol/version.ts';
import type { Client } from '../../daemon/client/types.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { connectionEnd } from '../connection-end.ts';
import { followOperations } from '../follow.ts';

/** The last version in which each app had a master of its own. */
const OWN_MASTERS = '0.1.0';
/** A master may bring the daemon back in its own version first. */
const TRIES = 3;
/** In which systemd has started it again (ms); after that a master could bring it back, in its own version. */
const PATIENCE = 200;
const POLL = 20;

/** No request is dropped, and no worker is restarted; but for those of 0.1.0, which are replaced one by one, as in a reload. */
export const update: Command = {
  name: 'update',
  aliases: [],
  args: ['[app...]'],
  summary: 'after installing another zdm: replace the running daemon and master by it; the apps go on',
  options: [{ flags: '-f, --force', description: 'Also what runs this version already; onto another node, for one' }],
  examples: ['npm install -g zdm && zdm update', 'zdm update --force'],
  async run(context, targets, { force = false }) {
    const known = await context.connectIfKnown();
    if (!known) {
      context.print([`No daemon runs here. What is started next runs zdm ${VERSION}.`]);
      return 0;
    }
    const old = known.greeting.version !== VERSION || force === true;
    let client = old ? await replaceDaemon(context, known) : known;
    for (let tries = 1; ; tries += 1) {
      try {
        const { done, code } = await replaceMasters(context, client, targets, force === true);
        if (!old && !done) context.print([`Everything runs zdm ${VERSION} already.`]);
        return code;
      } catch (error) {
        if (!isLost(error) || tries === TRIES) throw error;
        // Another update has replaced the daemon meanwhile.
        client.close();
        client = await context.connect();
      }
    }
  },
};

/** Of the apps that `targets` names, all that are due; `done`: there was one. */
async function replaceMasters(
  context: Context,
  client: Client,
  targets: readonly string[],
  force: boolean,
): Promise<{ done: boolean; code: number }> {
  const apps = await client.call('list', {});
  const wanted = targets.length === 0 ? apps : resolveTargets(apps, targets);
  const due = wanted.filter(({ masterPid, masterVersion }) => masterPid && (force || masterVersion !== VERSION));
  const [ofOld, kept] = split(due, ({ masterVersion }) => masterVersion === OWN_MASTERS);
  if (kept.length > 0) await renewMaster(context, client);
  client.close();
  let code = 0;
  for (const app of ofOld) code = Math.max(code, await handOver(context, app));
  return { done: due.length > 0, code };
}

function isLost(error: unknown): boolean {
  return error instanceof ZdmError && error.code === 'DISCONNECTED';
}

/** All apps have one master: it is replaced with all of them. */
async function renewMaster(context: Context, client: Client): Promise<void> {
  const { pid } = await client.call('renewMaster', {});
  const apps = (await client.call('list', {})).filter(({ masterPid }) => masterPid === pid);
  const workers = apps.reduce((sum, { up }) => sum + up, 0);
  const what = `${plural(apps.length, 'app')} with ${plural(workers, 'worker')}`;
  context.print([`master: zdm ${VERSION}, pid ${pid}; ${what} went on as they were`]);
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

async function replaceDaemon(context: Context, first: Client): Promise<Client> {
  const before = first.greeting;
  for (let client = first, tries = 1; ; tries += 1) {
    const gone = connectionEnd(client);
    await client.call('stepDown', {}).catch((error: unknown) => {
      // Another update was faster.
      if (!isLost(error)) throw error;
    });
    await gone;
    client.close();
    client = (await comeBack(context)) ?? (await context.connect());
    const { version, pid } = client.greeting;
    if (version === VERSION) {
      const was = before.version === version ? '' : `, was ${before.version}`;
      context.print([`zdmd: zdm ${version}${was}, pid ${pid}`]);
      return client;
    }
    if (tries < TRIES) continue;
    client.close();
    throw new ZdmError(
      'DAEMON_FAILED',
      `The daemon is still zdm ${version}, not ${VERSION}: something keeps starting it.`,
      'Is it started by a service of another installation? See: zdm startup',
    );
  }
}

/** A service manager that looks after the daemon starts the next one. */
async function comeBack(context: Context): Promise<Client | null> {
  for (const until = performance.now() + PATIENCE; performance.now() < until; await pause(POLL)) {
    const found = await context.tryConnect();
    if (typeof found !== 'string') return found;
  }
  return null;
}

/** One after another: each needs memory for one more worker. */
async function handOver(context: Context, { name, up, spec, masterVersion }: AppStatus): Promise<number> {
  if (spec.execMode === 'fork' || up === 0) {
    const why = up === 0 ? 'it does not serve' : 'it owns its port (fork mode)';
    const next = `When a gap suits: zdm stop ${name} && zdm start ${name}`;
    context.warn([`${name}: left on zdm ${masterVersion ?? 'of unknown version'}, ${why}. ${next}`]);
    return 0;
  }
  const client = await context.connect();
  const refs = await client.call('operate', { kind: 'handover', targets: [name], by: byline('update', [name]) });
  return followOperations(context, client, refs, { steps: true });
}

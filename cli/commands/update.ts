// After another version of zdm was installed: the daemon is replaced, then each master hands over to one of this version.
import { setTimeout as pause } from 'node:timers/promises';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { resolveTargets } from '../../daemon/protocol/targets.ts';
import { VERSION } from '../../daemon/protocol/version.ts';
import type { Client } from '../../daemon/client/types.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { connectionEnd } from '../connection-end.ts';
import { followOperations } from '../follow.ts';

/** A master may bring the daemon back in its own version first. */
const TRIES = 3;
/** In which systemd has started it again (ms); after that a master could bring it back, in its own version. */
const PATIENCE = 200;
const POLL = 20;

/** No request is dropped: a master hands over worker by worker, as in a reload. */
export const update: Command = {
  name: 'update',
  aliases: [],
  args: ['[app...]'],
  summary: 'after installing another zdm: replace the running daemon and masters by it, without a gap',
  options: [{ flags: '-f, --force', description: 'Also what runs this version already; onto another node, for one' }],
  examples: ['npm install -g zdm && zdm update', 'zdm update api', 'zdm update --force'],
  async run(context, targets, { force = false }) {
    const known = await context.connectIfKnown();
    if (!known) {
      context.print([`No daemon runs here. What is started next runs zdm ${VERSION}.`]);
      return 0;
    }
    const old = known.greeting.version !== VERSION || force === true;
    const client = old ? await replaceDaemon(context, known) : known;
    const apps = await client.call('list', {});
    client.close();
    const wanted = targets.length === 0 ? apps : resolveTargets(apps, targets);
    const due = wanted.filter(({ masterPid, masterVersion }) => masterPid && (force || masterVersion !== VERSION));
    let code = 0;
    for (const app of due) code = Math.max(code, await handOver(context, app));
    if (!old && due.length === 0) context.print([`Everything runs zdm ${VERSION} already.`]);
    return code;
  },
};

async function replaceDaemon(context: Context, first: Client): Promise<Client> {
  const before = first.greeting;
  for (let client = first, tries = 1; ; tries += 1) {
    const gone = connectionEnd(client);
    await client.call('stepDown', {});
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

// startup and unstartup: the daemon as a service of the system.
import type { AppSpec } from '../../daemon/protocol/model.ts';
import type { Command, Context } from '../command.ts';
import { asRoot, describeService, whyBrief } from '../startup/describe-service.ts';
import { launchdPlist } from '../startup/launchd-plist.ts';
import { managerOf, ownerOf, refuseUnable } from '../startup/owner.ts';
import { type Owner, placeOf } from '../startup/place.ts';
import { runWords } from '../startup/run-words.ts';
import { setUp, takeDown, type World } from '../startup/set-up.ts';
import { systemdUnit } from '../startup/systemd-unit.ts';

const FOR_USER = { flags: '-u, --user <name>', description: 'As root: for the apps of this user' };

export const startup: Command = {
  name: 'startup',
  aliases: [],
  args: ['[manager]'],
  summary: 'have apps come back after a reboot, by systemd or launchd',
  options: [FOR_USER, { flags: '--print', description: 'Only show what would be written' }],
  examples: ['zdm startup', 'sudo zdm startup --user deploy', 'zdm startup systemd --print'],
  async run(context, [word], options) {
    const manager = managerOf(word);
    const owner = await ownerOf(context, nameIn(options));
    const place = placeOf(manager, owner);
    const service = describeService(context, owner, await specsOf(context, owner));
    const text = manager === 'systemd' ? systemdUnit(service) : launchdPlist(service, place.name);
    const brief = whyBrief(service);
    if (options['print'] === true) {
      context.print([text.trimEnd()]);
      if (brief) context.warn([brief.message]);
      return 0;
    }
    await refuseUnable(manager, owner, asRoot('startup', service));
    if (brief) throw brief;
    await setUp(place, text, owner.home, world(context));
    return 0;
  },
};

export const unstartup: Command = {
  name: 'unstartup',
  aliases: [],
  args: ['[manager]'],
  summary: 'undo zdm startup; what runs goes on',
  options: [FOR_USER],
  examples: ['zdm unstartup', 'sudo zdm unstartup --user deploy'],
  async run(context, [word], options) {
    const manager = managerOf(word);
    const owner = await ownerOf(context, nameIn(options));
    await refuseUnable(manager, owner, asRoot('unstartup', describeService(context, owner, [])));
    await takeDown(placeOf(manager, owner), world(context));
    return 0;
  },
};

function nameIn({ user }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof user === 'string' ? user : undefined;
}

function world({ print }: Context): World {
  return { uid: process.getuid?.() ?? 0, run: runWords, print };
}

/** Of the apps there are now. Nothing is known of another user's. */
async function specsOf(context: Context, { isMe }: Owner): Promise<AppSpec[]> {
  const client = isMe ? await context.connectIfAlive() : null;
  const apps = (await client?.call('list', {})) ?? [];
  client?.close();
  return apps.map(({ spec }) => spec);
}

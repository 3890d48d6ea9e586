// save and resurrect: for PM2's habit, and for going back to a list of apps. For a reboot nothing has to be saved.
import { ZdmError } from '../../daemon/protocol/errors.ts';
import { plural } from '../../daemon/protocol/format.ts';
import { dateTime } from '../../ui/paint/time.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { followOperations } from '../follow.ts';

/** The name when none is given. */
const USUAL = 'default';

export const save: Command = {
  name: 'save',
  aliases: ['dump'],
  args: ['[name]'],
  summary: 'keep the list of apps under a name; a reboot does not need it',
  options: [],
  examples: ['zdm save', 'zdm save before-the-move'],
  async run(context, [name = USUAL]) {
    const client = await context.connectIfKnown();
    if (!client) throw new ZdmError('NO_DAEMON', 'Nothing was ever started here, so there is nothing to save.');
    const { file, apps, up } = await client.call('save', { name });
    client.close();
    context.print([`Saved ${plural(apps, 'app')}, ${up} of them to run, as ${name}: ${file}`]);
    return 0;
  },
};

export const resurrect: Command = {
  name: 'resurrect',
  aliases: [],
  args: ['[name]'],
  summary: 'start what ran when the list was saved; what runs is left alone',
  options: [{ flags: '--list', description: 'Show what was saved' }],
  examples: ['zdm resurrect', 'zdm resurrect before-the-move', 'zdm resurrect --list'],
  async run(context, [name = USUAL], options) {
    if (options['list'] === true) return listSaved(context);
    const client = await context.connect();
    const { started, added, left } = await client.call('resurrect', { name, by: byline('resurrect', [name]) }, 30_000);
    context.print([
      ...left.map((app) => `${app.name}: ${app.runs ? 'runs already' : 'is stopped, as it was then'}; left alone`),
      ...added.map((app) => `${app}: in the list again, stopped as it was`),
    ]);
    return followOperations(context, client, started, { steps: false });
  },
};

async function listSaved(context: Context): Promise<number> {
  const client = await context.connectIfKnown();
  const snapshots = (await client?.call('snapshots', {})) ?? [];
  client?.close();
  context.print(
    snapshots.length === 0
      ? ['Nothing was saved. To do so: zdm save']
      : snapshots.map(({ name, savedAt }) => `${dateTime(savedAt)}  ${name}`),
  );
  return 0;
}

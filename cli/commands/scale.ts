import type { ScaleBy } from '../../daemon/protocol/contract.ts';
import { MOST_INSTANCES } from '../../daemon/protocol/defaults.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import { byline } from '../by.ts';
import type { Command } from '../command.ts';
import { reachApps } from '../find-apps.ts';
import { FOLLOW_OPTIONS, followingOf, followOperations } from '../follow.ts';

/** More or fewer instances, without a gap. */
export const scale: Command = {
  name: 'scale',
  aliases: [],
  args: ['<app>', '<number>'],
  summary: 'run that many instances; +n and -n change the number',
  options: FOLLOW_OPTIONS,
  examples: ['zdm scale api 4', 'zdm scale api +2', 'zdm scale api -1'],
  async run(context, [app = '', number = ''], options) {
    const change = parseNumber(number);
    const client = await reachApps(context, [app]);
    const refs = await client.call('operate', {
      kind: 'scale',
      targets: [app],
      scale: change,
      by: byline('scale', [app, number]),
    });
    return followOperations(context, client, refs, { steps: true, ...followingOf(options) });
  },
};

function parseNumber(text: string): ScaleBy {
  if (!/^[+-]?\d{1,4}$/.test(text) || text === '0' || Math.abs(Number(text)) > MOST_INSTANCES) {
    throw new ZdmError(
      'BAD_USAGE',
      `"${text}" is not a number of instances.`,
      'For example: zdm scale api 4, zdm scale api +2. To stop it: zdm stop api',
    );
  }
  return { mode: /^[+-]/.test(text) ? 'add' : 'set', count: Number(text) };
}

// reload, restart, stop, delete: one function with four names.
import type { OperationKind } from '../../daemon/protocol/model.ts';
import type { Command } from '../command.ts';
import { reachApps } from '../find-apps.ts';
import { followOperations } from '../follow.ts';

function operation(kind: OperationKind, help: Pick<Command, 'aliases' | 'summary' | 'examples'>): Command {
  return {
    name: kind,
    ...help,
    args: ['<app...>'],
    options: [],
    async run(context, targets) {
      const client = await reachApps(context, targets);
      const refs = await client.call('operate', { kind, targets });
      return followOperations(context, client, refs, kind === 'reload' || kind === 'restart');
    },
  };
}

/** Apps are named by name, id or `all`, several at once. */
export const operations: readonly Command[] = [
  operation('reload', {
    aliases: [],
    summary: 'replace the workers by new ones, slot by slot, without a client noticing',
    examples: ['zdm reload api', 'zdm reload all'],
  }),
  operation('restart', {
    aliases: [],
    summary: 'stop and start; connections of cluster apps wait meanwhile',
    examples: ['zdm restart api worker'],
  }),
  operation('stop', {
    aliases: [],
    summary: 'let requests in flight finish, then stop; the app stays in the list',
    examples: ['zdm stop api', 'zdm stop 0 1'],
  }),
  operation('delete', {
    aliases: ['del', 'rm'],
    summary: 'stop and forget; log files stay',
    examples: ['zdm delete api', 'zdm delete all'],
  }),
];

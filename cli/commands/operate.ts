// reload, rollback, restart, stop, delete: one function with five names.
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { OperationKind, OperationStatus } from '../../daemon/protocol/model.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { reachApps } from '../find-apps.ts';
import { FOLLOW_OPTIONS, followingOf, followOperations } from '../follow.ts';
import { reloadProved } from './prove-reload.ts';

type Help = Pick<Command, 'aliases' | 'summary' | 'examples'> & Partial<Pick<Command, 'options'>>;
type Options = Readonly<Record<string, unknown>>;

function operation(kind: OperationKind, { options = [], ...help }: Help): Command {
  return {
    name: kind,
    args: ['<app...>'],
    options: [...options, ...FOLLOW_OPTIONS],
    ...help,
    run: (context, targets, given) => {
      if (given['dryRun'] === true) return rehearse(context, targets, given);
      const { prove, slot } = given;
      if (typeof prove === 'string') return reloadWithProof(context, targets, prove, given);
      if (typeof slot === 'string') {
        const by = byline('restart', [...targets, '--slot', slot]);
        return operate(context, { kind: 'replace', targets, slot: slotNumber(slot), by }, given);
      }
      return operate(context, { kind, targets, by: byline(kind, targets) }, given);
    },
  };
}

interface Wish {
  readonly kind: OperationKind;
  readonly targets: readonly string[];
  readonly by: string;
  readonly slot?: number;
}

async function operate(
  context: Context,
  wish: Wish,
  options: Options,
  ended?: (status: OperationStatus) => void,
): Promise<number> {
  const client = await reachApps(context, wish.targets);
  const refs = await client.call('operate', wish);
  const steps = wish.kind !== 'stop' && wish.kind !== 'delete';
  return followOperations(context, client, refs, { steps, ended, ...followingOf(options) });
}

function slotNumber(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new ZdmError('BAD_USAGE', `"${text}" is not a slot.`, 'Slots count from 0: zdm restart api --slot 0');
}

/** Nothing serves differently afterwards; who asks wants to know how it ended. */
async function rehearse(context: Context, targets: readonly string[], options: Options): Promise<number> {
  if (options['prove'] !== undefined)
    throw new ZdmError('BAD_USAGE', '--dry-run changes nothing, so there is nothing for --prove to see.');
  if (options['wait'] === false)
    throw new ZdmError('BAD_USAGE', '--dry-run tells how it ended: it cannot be given with --no-wait.');
  const by = byline('reload', [...targets, '--dry-run']);
  return operate(context, { kind: 'rehearse', targets, by }, options);
}

async function reloadWithProof(
  context: Context,
  targets: readonly string[],
  prove: string,
  options: Options,
): Promise<number> {
  if (options['wait'] === false)
    throw new ZdmError('BAD_USAGE', '--prove watches the reload to its end: it cannot be given with --no-wait.');
  const json = options['json'] === true;
  return reloadProved(context, { targets, url: prove, json }, (ended) =>
    operate(context, { kind: 'reload', targets, by: byline('reload', targets) }, options, ended),
  );
}

/** Apps are named by name, id or `all`, several at once. */
export const operations: readonly Command[] = [
  operation('reload', {
    aliases: [],
    summary: 'replace the workers by new ones, slot by slot, without a client noticing',
    options: [
      { flags: '--dry-run', description: 'Start one new worker aside, check it and throw it away; nothing changes' },
      { flags: '--prove <url>', description: 'Ask this URL meanwhile; fail if a client would have noticed' },
    ],
    examples: [
      'zdm reload api',
      'zdm reload all',
      'zdm reload api --dry-run',
      'zdm reload api --prove http://localhost:3000/health',
      'zdm reload api --no-wait',
    ],
  }),
  operation('rollback', {
    aliases: [],
    summary: 'go back to the release before, with its environment and options',
    examples: ['zdm rollback api', 'zdm rollback api web --json'],
  }),
  operation('restart', {
    aliases: [],
    summary: 'stop and start; connections of cluster apps wait meanwhile',
    options: [
      { flags: '--slot <n>', description: 'Only the worker of this slot; its successor is ready before it goes' },
    ],
    examples: ['zdm restart api worker', 'zdm restart api --slot 1'],
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

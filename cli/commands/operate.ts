// reload, restart, stop, delete: one function with four names. A reload can have a witness.
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { OperationKind, OperationStatus } from '../../daemon/protocol/model.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { findApps, reachApps } from '../find-apps.ts';
import { followOperations } from '../follow.ts';
import { isProved, proofLines } from '../output/proof.ts';

type Help = Pick<Command, 'aliases' | 'summary' | 'examples'> & Partial<Pick<Command, 'options'>>;

function operation(kind: OperationKind, help: Help): Command {
  return {
    name: kind,
    args: ['<app...>'],
    options: [],
    ...help,
    run: (context, targets, { prove, slot }) => {
      if (typeof slot === 'string') return operate(context, 'replace', targets, { slot: slotNumber(slot) });
      return typeof prove === 'string' ? reloadProved(context, targets, prove) : operate(context, kind, targets);
    },
  };
}

async function operate(
  context: Context,
  kind: OperationKind,
  targets: readonly string[],
  { slot, ended }: { slot?: number; ended?: (status: OperationStatus) => void } = {},
): Promise<number> {
  const client = await reachApps(context, targets);
  const by = slot === undefined ? byline(kind, targets) : byline('restart', [...targets, '--slot', `${slot}`]);
  const refs = await client.call('operate', { kind, targets, slot, by });
  return followOperations(context, client, refs, kind !== 'stop' && kind !== 'delete', ended);
}

function slotNumber(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new ZdmError('BAD_USAGE', `"${text}" is not a slot.`, 'Slots count from 0: zdm restart api --slot 0');
}

/** Nothing is reloaded that does not answer before: what came after would prove nothing. */
async function reloadProved(context: Context, targets: readonly string[], prove: string): Promise<number> {
  const { proveUrl, shownUrl, startProver } = await import('../prove.ts');
  const url = proveUrl(prove);
  // An app that is not there is the first thing to say.
  await findApps(context, targets);
  const prover = await startProver(url);
  let cut = 0;
  try {
    const ended = ({ receipt }: OperationStatus): void => void (cut += receipt?.cut ?? 0);
    const code = await operate(context, 'reload', targets, { ended });
    const proof = await prover.finish();
    const proved = isProved(proof, cut);
    const [first = '', ...rest] = proofLines(shownUrl(url), proof, cut);
    const lines = [context.theme.paint(first, proved ? 'good' : 'bad'), ...rest];
    if (proved) context.print(lines);
    else context.warn(lines);
    return proved ? code : 1;
  } finally {
    prover.end();
  }
}

/** Apps are named by name, id or `all`, several at once. */
export const operations: readonly Command[] = [
  operation('reload', {
    aliases: [],
    summary: 'replace the workers by new ones, slot by slot, without a client noticing',
    options: [{ flags: '--prove <url>', description: 'Ask this URL meanwhile; fail if a client would have noticed' }],
    examples: ['zdm reload api', 'zdm reload all', 'zdm reload api --prove http://localhost:3000/health'],
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

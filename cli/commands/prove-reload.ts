// A reload with a witness: a client beside it that must not notice anything.
import type { OperationStatus } from '../../daemon/protocol/model.ts';
import type { Context } from '../command.ts';
import { findApps } from '../find-apps.ts';
import { isProved, proofLines } from '../output/proof.ts';

interface Trial {
  readonly targets: readonly string[];
  readonly url: string;
  /** For programs: what was proved is an object, too. */
  readonly json: boolean;
}

/** Nothing is reloaded that does not answer before: what came after would prove nothing. `reload` does it, and tells of each end. */
export async function reloadProved(
  context: Context,
  { targets, url: word, json }: Trial,
  reload: (ended: (status: OperationStatus) => void) => Promise<number>,
): Promise<number> {
  const { proveUrl, shownUrl, startProver } = await import('../prove.ts');
  const url = proveUrl(word);
  // An app that is not there is the first thing to say.
  await findApps(context, targets);
  const prover = await startProver(url);
  let cut = 0;
  try {
    const code = await reload(({ receipt }) => void (cut += receipt?.cut ?? 0));
    const proof = await prover.finish();
    const proved = isProved(proof, cut);
    if (json) {
      context.print([JSON.stringify({ type: 'proof', at: Date.now(), url: shownUrl(url), proved, cut, ...proof })]);
      return proved ? code : 1;
    }
    const [first = '', ...rest] = proofLines(shownUrl(url), proof, cut);
    const lines = [context.theme.paint(first, proved ? 'good' : 'bad'), ...rest];
    if (proved) context.print(lines);
    else context.warn(lines);
    return proved ? code : 1;
  } finally {
    prover.end();
  }
}

import { formatTook } from '../../daemon/protocol/format.ts';
import { counted, grouped } from '../../ui/paint/count.ts';
import { clean } from '../../ui/paint/text.ts';

/** What a client saw beside a rollout. */
export interface Proof {
  readonly requests: number;
  readonly failed: number;
  /** The failures by their kind, in the order in which each came first. */
  readonly failures: readonly { readonly kind: string; readonly count: number; readonly message: string }[];
  /** Connections that had to be opened beyond the first of each prober. */
  readonly reconnects: number;
  /** Of the answers that came (ms). */
  readonly slowest: number;
}

/** Kinds of failure that are listed. */
const KINDS_SHOWN = 5;

/** Whether no client could have noticed anything: no request failed, and the receipt says that nothing was cut. */
export function isProved({ failed }: Proof, cut: number): boolean {
  return failed === 0 && cut === 0;
}

/** What was proved, or what speaks against it, in one line; then each kind of failure with its first message. */
export function proofLines(url: string, proof: Proof, cut: number): string[] {
  const { requests, failed, failures, reconnects, slowest } = proof;
  const head = isProved(proof, cut)
    ? 'proved'
    : cut > 0
      ? `not proved: ${counted(cut, 'connection')} cut`
      : 'not proved';
  const seen = [
    `${counted(requests, 'request')} to ${clean(url)}`,
    `${grouped(failed)} failed`,
    counted(reconnects, 'reconnect'),
    `slowest ${formatTook(slowest)}`,
  ];
  const kinds = failures
    .slice(0, KINDS_SHOWN)
    .map(({ kind, count, message }) => clean(`    ${kind}, ${counted(count, 'time')}: ${message}`));
  const more = failures.length - kinds.length;
  const rest = more > 0 ? [`    and ${counted(more, 'other kind')} of failure`] : [];
  return [`${head}${cut > 0 ? '; ' : ': '}${seen.join(', ')}`, ...kinds, ...rest];
}

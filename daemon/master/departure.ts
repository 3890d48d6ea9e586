// What becomes of the connections of one dismissed worker, from its dismissal to its end.
import type { Receipt } from '../protocol/model.ts';
import type { WorkerLoad } from '../protocol/worker-link.ts';

/** Its part of a receipt. */
export type Parted = Pick<Receipt, 'moved' | 'drained' | 'told' | 'open' | 'cut'>;

export class Departure {
  /** The operation that dismissed it. */
  readonly op: string | undefined;
  readonly at: number;
  private had: number;
  private open: number;
  private told = 0;
  private leaving = 0;
  private moved = 0;
  private cut = 0;
  private over = false;

  constructor(op: string | undefined, at: number, open: number) {
    this.op = op;
    this.at = at;
    this.had = open;
    this.open = open;
  }

  /** The worker tells how it gets on. */
  progressed({ draining, had, open, told, leaving }: WorkerLoad): void {
    if (!draining || this.over) return;
    Object.assign(this, { had, open, told, leaving });
  }

  /** A connection came back from it, to be served by another. */
  gave(): void {
    this.moved += 1;
  }

  /** It is told to stop, or has died: what is still open ends now, whatever the client wanted. */
  ended(): void {
    if (this.over) return;
    this.over = true;
    this.cut = Math.max(0, this.open - this.leaving);
    this.open = 0;
    this.leaving = 0;
  }

  get parted(): Parted {
    const { moved, told, open, cut } = this;
    const drained = Math.max(0, this.had - moved - (told - this.leaving) - open - cut);
    return { moved, drained, told, open, cut };
  }
}

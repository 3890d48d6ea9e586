// What an operation did to connections and requests: differences of running totals between its begin and its end.
import type { Receipt } from '../protocol/model.ts';
import type { HandOut } from './hand-out.ts';

/** Dead workers whose last lines are remembered, until somebody asks for them. */
const KEEP_LINES = 16;

interface Opened {
  readonly op: string;
  readonly generation: number;
  readonly at: number;
  readonly moved: number;
  readonly held: number;
  readonly cut: number;
  readonly requests: ReadonlyMap<number, number>;
}

export class ReceiptBook {
  private readonly handOut: HandOut;
  /** Requests answered, by generation. */
  private readonly requests = new Map<number, number>();
  private readonly lines = new Map<number, readonly string[]>();
  private current: Opened | null = null;

  constructor(handOut: HandOut) {
    this.handOut = handOut;
  }

  answered(generation: number, requests: number): void {
    this.requests.set(generation, (this.requests.get(generation) ?? 0) + requests);
  }

  /** Connections that end because their worker was told to stop. */
  cut(connections: number): void {
    this.handOut.totals.cut += connections;
  }

  lastLines(worker: number, lines: readonly string[]): void {
    this.lines.set(worker, lines);
    for (const old of this.lines.keys()) if (this.lines.size > KEEP_LINES) this.lines.delete(old);
  }

  linesOf(worker: number): readonly string[] {
    return this.lines.get(worker) ?? [];
  }

  open(op: string, generation: number, at: number): void {
    const { moved, held, cut } = this.handOut.totals;
    this.handOut.longestHold = 0;
    this.current = { op, generation, at, moved, held, cut, requests: new Map(this.requests) };
  }

  /** The receipt; null for an operation that never began. */
  close(op: string, end: { at: number; open: number; slots: number; replaced: number }): Receipt | null {
    const began = this.current;
    if (began?.op !== op) return null;
    this.current = null;
    const { moved, held, cut } = this.handOut.totals;
    let requestsOld = 0;
    let requestsNew = 0;
    for (const [generation, total] of this.requests) {
      const since = total - (began.requests.get(generation) ?? 0);
      if (generation >= began.generation) requestsNew += since;
      else requestsOld += since;
    }
    return {
      replaced: end.replaced,
      slots: end.slots,
      moved: moved - began.moved,
      open: end.open,
      cut: cut - began.cut,
      held: held - began.held,
      longestHold: this.handOut.longestHold,
      requestsOld,
      requestsNew,
      duration: end.at - began.at,
    };
  }
}

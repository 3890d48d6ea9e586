// What an operation did to connections and requests.
import type { Receipt } from '../protocol/model.ts';
import type { Departure, Parted } from './departure.ts';
import type { HandOut } from './hand-out.ts';

/** Running totals when the operation began; what it did is the difference. */
interface Opened {
  readonly op: string;
  readonly generation: number;
  readonly at: number;
  readonly held: number;
  readonly handedOver: number;
  readonly cut: number;
  readonly requests: ReadonlyMap<number, number>;
}

type Whole = Omit<Receipt, keyof Parted> & Pick<Receipt, 'cut'>;

export class ReceiptBook {
  private readonly handOut: HandOut;
  /** Requests answered, by generation. */
  private readonly requests = new Map<number, number>();
  /** The dismissed workers of each operation that is still shown, and what else its receipt says. */
  private readonly departures = new Map<string, Departure[]>();
  private readonly wholes = new Map<string, Whole>();
  private current: Opened | null = null;
  /** Since when no worker takes connections; null while one does. */
  private uncoveredSince: number | null = null;
  private gap = 0;

  constructor(handOut: HandOut) {
    this.handOut = handOut;
  }

  answered(generation: number, requests: number): void {
    this.requests.set(generation, (this.requests.get(generation) ?? 0) + requests);
  }

  /** Requests answered since the app was started. */
  get answeredInAll(): number {
    return [...this.requests.values()].reduce((sum, requests) => sum + requests, 0);
  }

  /** Whether any worker takes connections; called whenever that may have changed. */
  covered(covered: boolean, at: number): void {
    if (this.uncoveredSince !== null) this.gap = Math.max(this.gap, at - this.uncoveredSince);
    this.uncoveredSince = covered ? null : (this.uncoveredSince ?? at);
  }

  departs(departure: Departure): void {
    const { op } = departure;
    if (op !== undefined) this.departures.set(op, [...(this.departures.get(op) ?? []), departure]);
  }

  open(op: string, generation: number, at: number): void {
    const { held, handedOver, cut } = this.handOut.totals;
    this.handOut.longestHold = 0;
    this.gap = 0;
    if (this.uncoveredSince !== null) this.uncoveredSince = at;
    this.current = { op, generation, at, held, handedOver, cut, requests: new Map(this.requests) };
  }

  /** The operation is over; its receipt from now on changes with its old workers only. */
  close(op: string, end: { at: number; slots: number; replaced: number }): void {
    const began = this.current;
    if (began?.op !== op) return;
    this.current = null;
    this.covered(this.uncoveredSince === null, end.at);
    const { held, handedOver, cut } = this.handOut.totals;
    let requestsOld = 0;
    let requestsNew = 0;
    for (const [generation, total] of this.requests) {
      const since = total - (began.requests.get(generation) ?? 0);
      if (generation === began.generation) requestsNew += since;
      else requestsOld += since;
    }
    this.wholes.set(op, {
      replaced: end.replaced,
      slots: end.slots,
      // Connections that waited in line and could not be given to anybody.
      cut: cut - began.cut,
      handedOver: handedOver - began.handedOver,
      held: held - began.held,
      longestHold: this.handOut.longestHold,
      gap: this.gap,
      requestsOld,
      requestsNew,
      duration: end.at - began.at,
    });
  }

  /** The receipt as it is now; null for an operation that never began, or has not ended. */
  receipt(op: string): Receipt | null {
    const whole = this.wholes.get(op);
    if (!whole) return null;
    const receipt = { ...whole, moved: 0, drained: 0, told: 0, open: 0 };
    for (const { parted } of this.departures.get(op) ?? [])
      for (const key of Object.keys(parted) as (keyof Parted)[]) receipt[key] += parted[key];
    return receipt;
  }

  /** Forgets all operations but these. */
  keepOnly(ops: ReadonlySet<string>): void {
    for (const book of [this.departures, this.wholes]) for (const op of book.keys()) if (!ops.has(op)) book.delete(op);
  }
}

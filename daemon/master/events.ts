// The last things that happened to the app: workers that ended unasked, and operations that ended.
import type { AppEvent, ExitRecord, OperationStatus, Receipt } from '../protocol/model.ts';

const KEEP = 30;

export class Events {
  private events: AppEvent[] = [];

  /** Oldest first. */
  get list(): readonly AppEvent[] {
    return this.events;
  }

  /** What another master has told of the app, in place of what is known here. */
  inherit(events: readonly AppEvent[]): void {
    this.events = events.slice(-KEEP);
  }

  exited({ at, slot, pid, generation, code, signal, uptime }: ExitRecord): void {
    this.add({ at, type: 'exit', slot, pid, generation, code, signal, uptime });
  }

  /** Called with an operation that has ended. */
  ended({ op, kind, by, from, to, receipt, failure, startedAt, endedAt }: OperationStatus): void {
    const at = endedAt ?? 0;
    const took = at - (startedAt ?? at);
    this.add({ at, type: 'operation', op, kind, by, from, to, receipt, took, reason: failure?.reason ?? null });
  }

  /** The receipt of an operation goes on while its old workers drain. */
  amend(op: string, receipt: Receipt): void {
    const at = this.events.findLastIndex((event) => event.type === 'operation' && event.op === op);
    const event = this.events[at];
    if (event?.type === 'operation') this.events[at] = { ...event, receipt };
  }

  private add(event: AppEvent): void {
    this.events = [...this.events, event].slice(-KEEP);
  }
}

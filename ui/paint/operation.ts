// Which of an app's operations matters, and what there is to say of any.
import type { AppStatus, OperationKind, OperationStatus } from '../../daemon/protocol/model.ts';

/** The operation that runs on an app now. */
export function runningOperation(app: AppStatus): OperationStatus | null {
  return app.operations.find((operation) => operation.phase === 'running') ?? null;
}

/** The operation worth showing: the running one, else the last that ended, else one that waits. */
export function latestOperation(app: AppStatus): OperationStatus | null {
  const ended = app.operations.filter((operation) => operation.endedAt !== null);
  return runningOperation(app) ?? ended.at(-1) ?? app.operations.at(-1) ?? null;
}

/** An operation of this kind in a sentence: `the rehearsal of api`. */
export function kindNoun(kind: OperationKind): string {
  return kind === 'rehearse' ? 'rehearsal' : kind;
}

/** Whether it has ended in the line of those that wait, before its turn came. */
export function isDropped({ phase, to, slots }: OperationStatus): boolean {
  return phase === 'failed' && to === 0 && slots.length === 0;
}

/** ` g16 → g17`, with a space in front; empty where the code stays the same. */
export function changeText({ from, to }: Pick<OperationStatus, 'from' | 'to'>): string {
  if (from === to) return '';
  return from === 0 ? ` g${to}` : ` g${from} → g${to}`;
}

/** When it began; while it waits for its turn, when it was asked for. */
export function beganAt({ startedAt, askedAt }: Pick<OperationStatus, 'startedAt' | 'askedAt'>): number {
  return startedAt ?? askedAt;
}

/** From its beginning to its end (ms); what has not ended took nothing yet. */
export function tookOf(operation: OperationStatus): number {
  const began = beganAt(operation);
  return (operation.endedAt ?? began) - began;
}

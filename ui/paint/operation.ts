// Which of an app's operations matters, and what there is to say of any.
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';

/** The operation that runs on an app now. */
export function runningOperation(app: AppStatus): OperationStatus | null {
  return app.operations.find((operation) => operation.phase === 'running') ?? null;
}

/** The operation worth showing: the running one, else the last that ended, else one that waits. */
export function latestOperation(app: AppStatus): OperationStatus | null {
  const ended = app.operations.filter((operation) => operation.endedAt !== null);
  return runningOperation(app) ?? ended.at(-1) ?? app.operations.at(-1) ?? null;
}

/** ` g16 → g17`, with a space in front; empty where the code stays the same. */
export function changeText({ from, to }: Pick<OperationStatus, 'from' | 'to'>): string {
  if (from === to) return '';
  return from === 0 ? ` g${to}` : ` g${from} → g${to}`;
}

/** From its beginning to its end (ms); what has not ended took nothing yet. */
export function tookOf({ receipt, startedAt, askedAt, endedAt }: OperationStatus): number {
  const started = startedAt ?? askedAt;
  return receipt?.duration ?? (endedAt ?? started) - started;
}

// Which of an app's operations matters, and what there is to say of any.
import type { AppStatus, OperationKind, OperationStatus } from '../../daemon/protocol/model.ts';

/** The operation that runs on an app now. */
export function runningOperation(app: AppStatus): OperationStatus | null {
  return app.operations.find((operation) => operation.phase === 'running') ?? null;
}

/** The operation worth showing: the running one, else the last that ended, else one that waits. */
export function latestOperation(app: AppStatus): OperationStatus | null {
  const ended = app.operations.filter((operation) => operation.endedAt !== null && !isDropped(operation));
  return runningOperation(app) ?? ended.at(-1) ?? app.operations.at(-1) ?? null;
}

/** The one that waits for its turn, and that a newer one takes the place of. */
export function queuedOperation(app: AppStatus): OperationStatus | null {
  return app.operations.findLast((operation) => operation.phase === 'queued') ?? null;
}

/** As labels and sentences call it: `the dry run of api`. */
export function kindText(kind: OperationKind): string {
  return kind === 'rehearse' ? 'dry run' : kind;
}

/** Whether it puts other code in the place of what serves. */
export function bringsCode(kind: OperationKind): boolean {
  return kind === 'reload' || kind === 'rollback';
}

/** Slots that serve by other code than the operation brings: those that are back, where it goes back. */
export function backSlots({ workers }: AppStatus, { slots, to }: Pick<OperationStatus, 'slots' | 'to'>): number {
  const back = workers.filter(({ stage, generation }) => stage === 'online' && generation !== to);
  return slots.filter(({ slot }) => back.some((worker) => worker.slot === slot)).length;
}

/** It failed, and slots that it had replaced run the code that they had before. */
export function wentBack({ phase, receipt, returning, strategy, slots }: OperationStatus): boolean {
  if (phase !== 'failed' || (receipt !== null && receipt.replaced > 0)) return false;
  // All at once: until then no new worker has served, ready or not.
  return returning !== null || (strategy !== 'blue-green' && slots.some(({ readyAfter }) => readyAfter !== null));
}

/** Its canary was asked too little for a verdict, and a person has to decide. */
export function isUndecided({ phase, canary }: Pick<OperationStatus, 'phase' | 'canary'>): boolean {
  return phase === 'running' && canary?.verdict === 'inconclusive';
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

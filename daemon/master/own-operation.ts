import { randomUUID } from 'node:crypto';
import { masterOperation } from '../protocol/master-operation.ts';
import type { OperationKind } from '../protocol/model.ts';
import type { App } from './app.ts';

/** Has the app do what no client asked for: a signal did, or a limit. `by` says which; `slot` is that of a `replace`. */
export function ownOperation(app: App, kind: OperationKind, by: string, slot: number | null = null): void {
  app.operate(masterOperation(kind, randomUUID(), { slot, by }));
}

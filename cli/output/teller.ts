// Who is told of operations: a person, in lines, or a program, in JSON.
import type { OperationRef } from '../../daemon/protocol/contract.ts';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import type { Theme } from '../../ui/paint/theme.ts';

/** Where it is told. */
export interface Outlet {
  readonly theme: Theme;
  print(lines: readonly string[]): void;
  warn(lines: readonly string[]): void;
}

/** Each operation is told of in this order: accepted or idle; changed as often as it does; one of the others at its end. */
export interface Teller {
  /** Nobody waits for its end. */
  accepted(ref: OperationRef): void;
  /** There was nothing to do. */
  idle(ref: OperationRef): void;
  /** `previous` is as it was told before. */
  changed(app: AppStatus, previous: OperationStatus | undefined, operation: OperationStatus): void;
  ended(app: AppStatus, operation: OperationStatus): void;
  /** The app is stopped or deleted, and whoever would have told more is gone with it. */
  gone(ref: OperationRef): void;
  /** Nobody knows how it ended. */
  lost(ref: OperationRef): void;
}

// What can be done to an app.

/**
 * `replace`: one worker, by a new one of the same code. `handover`: all of them, by those of another master, which goes on.
 * `rollback`: a reload to the release before. `rehearse`: one new worker is started, looked at and thrown away.
 */
export const OPERATION_KINDS = [
  'start',
  'reload',
  'rollback',
  'rehearse',
  'restart',
  'replace',
  'handover',
  'scale',
  'stop',
  'delete',
] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

// Every error a user can meet, in one table. The code crosses the wire; nobody parses texts.

/** `exit` is the exit code of the command that ends with it; 2 is reserved for misuse of the command line. */
const TABLE = {
  BAD_USAGE: { exit: 2, hint: 'See: zdm --help' },
  BAD_CONFIG: { exit: 2, hint: null },
  NO_SUCH_SCRIPT: { exit: 1, hint: null },
  NO_SUCH_APP: { exit: 1, hint: 'See what there is: zdm list' },
  NAME_TAKEN: { exit: 1, hint: null },
  NO_SUCH_SNAPSHOT: { exit: 1, hint: 'See what there is: zdm resurrect --list' },
  BAD_SNAPSHOT: { exit: 1, hint: null },
  BAD_REQUEST: { exit: 1, hint: null },
  UNKNOWN_METHOD: { exit: 1, hint: 'The daemon and this command may be of different versions. See: zdm ping' },
  FRAME_TOO_LARGE: { exit: 1, hint: null },
  NO_DAEMON: { exit: 1, hint: 'Start an app and the daemon comes with it: zdm start app.js' },
  DAEMON_FAILED: { exit: 1, hint: null },
  DISCONNECTED: { exit: 1, hint: 'Apps keep running. Try again: zdm list' },
  TIMEOUT: { exit: 1, hint: null },
  VERSION: { exit: 1, hint: null },
  UNSAFE_HOME: { exit: 1, hint: null },
  MASTER_FAILED: { exit: 1, hint: null },
  STARTUP_FAILED: { exit: 1, hint: null },
  /** Between daemon and master only: the app was stopped and its master is on its way out. */
  ENDING: { exit: 1, hint: null },
  OPERATION_FAILED: { exit: 1, hint: null },
  INTERNAL: { exit: 1, hint: 'This is a bug in zdm. The daemon log has more: zdm ping shows where it is' },
} as const satisfies Record<string, { exit: number; hint: string | null }>;

export type ErrorCode = keyof typeof TABLE;

/** An error as it travels. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** An expected failure: `message` says what happened and why, `hint` what to do next. Anything else thrown is a bug. */
export class ZdmError extends Error {
  override readonly name = 'ZdmError';
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, hint: string | null = TABLE[code].hint, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return TABLE[this.code].exit;
  }
}

/** Any thrown value, as it goes over the wire. An unexpected one becomes INTERNAL and keeps its message. */
export function toWire(error: unknown): WireError {
  if (error instanceof ZdmError) return { code: error.code, message: error.message, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, hint: TABLE.INTERNAL.hint };
}

/** The error of the other side, from its wire form. A code of a newer version becomes INTERNAL. */
export function fromWire(value: unknown): ZdmError {
  const wire = (typeof value === 'object' && value !== null ? value : {}) as Partial<WireError>;
  const code = typeof wire.code === 'string' && Object.hasOwn(TABLE, wire.code) ? wire.code : 'INTERNAL';
  const message = typeof wire.message === 'string' ? wire.message : 'The other side reported an error without a text.';
  return new ZdmError(code, message, typeof wire.hint === 'string' ? wire.hint : null);
}

/** The text of anything thrown, for logs and reasons. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

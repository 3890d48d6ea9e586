// Ends the script of the primary at the call of init(), without ending the process.

/** Seen only by who catches it; then the script goes on in the primary, too. */
class PrimaryError extends Error {
  override readonly name = 'PrimaryError';

  constructor() {
    super(
      'zdm/master: this process is the master now, the app runs in its workers. init() ends the script here by this error, and must not stand in a try block.',
    );
  }
}

/**
 * Does not return. Nothing else ends a script in the middle: a CommonJS module could `return`, an ES module cannot. What is thrown
 * here is taken back before node reports it, in both kinds of module, and out of async functions too (seen on Node 20.20 and
 * 24.21).
 */
export function leaveScript(): never {
  const ours = new PrimaryError();
  process.setUncaughtExceptionCaptureCallback((error) => {
    process.setUncaughtExceptionCaptureCallback(null);
    if (!isLeaving(error)) throw error;
  });
  throw ours;
}

/** Whether that is how the script of a primary ended: out of an async function it is a rejection that nobody handles. */
export function isLeaving(error: unknown): boolean {
  return error instanceof PrimaryError;
}

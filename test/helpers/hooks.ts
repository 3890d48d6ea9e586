// The two moments of a test that helpers tie themselves to.
import { onTestFailed, onTestFinished } from 'vitest';

/** The part of vitest's test context that helpers use. Needed only in concurrent tests and in hooks such as beforeEach. */
export interface TestHooks {
  onTestFailed(handler: () => void): void;
  onTestFinished(handler: () => void | Promise<void>): void;
}

/** The hooks given, else those of the running test; undefined outside of a test (beforeAll), where the caller cleans up. */
export function hooksOf(given?: TestHooks): TestHooks | undefined {
  if (given) return given;
  try {
    onTestFinished(() => {});
    return { onTestFailed, onTestFinished };
  } catch {
    return undefined;
  }
}

import type { AppSpec } from './model.ts';

/** For everything around the apps: their last output, their masters' end. */
const SLACK = 10_000;

/**
 * How long (ms) all these apps may take to stop, at the same time: requests in flight have `killTimeout` to finish, and the
 * process has it again from its stop signal to SIGKILL.
 */
export function stopTime(specs: readonly Pick<AppSpec, 'killTimeout'>[]): number {
  return 2 * Math.max(0, ...specs.map(({ killTimeout }) => killTimeout)) + SLACK;
}

// PURE: what a master of the version before does not say, filled in with what that means.
import { SPEC_DEFAULTS } from './defaults.ts';
import type { AppSpec, AppStatus, OperationStatus } from './model.ts';

const NO_RELEASES = { release: null, previous: null } satisfies Partial<AppStatus>;
const NO_STRATEGY = { strategy: null, returning: null, canary: null } satisfies Partial<OperationStatus>;

/** The status with all that this version knows of; called for each that a master tells. */
export function completeStatus(status: AppStatus): AppStatus {
  const operations = status.operations.map((operation) => ({ ...NO_STRATEGY, ...operation }));
  return { ...NO_RELEASES, ...status, spec: completeSpec(status.spec), operations };
}

/** The description, likewise. */
export function completeSpec(spec: AppSpec): AppSpec {
  return { ...SPEC_DEFAULTS, ...spec };
}

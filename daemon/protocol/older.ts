// PURE: what older versions do not say, filled in with what that means.
import { SPEC_DEFAULTS } from './defaults.ts';
import type { AppSpec, AppStatus, Limits, OperationStatus } from './model.ts';

const NO_RELEASES = { release: null, previous: null } satisfies Partial<AppStatus>;
const NO_STRATEGY = { strategy: null, returning: null, canary: null } satisfies Partial<OperationStatus>;

/** The status with all that this version knows of; called for each that a master tells. */
export function completeStatus(status: AppStatus): AppStatus {
  const operations = status.operations.map((operation) => ({ ...NO_STRATEGY, ...operation }));
  return { ...NO_RELEASES, ...status, spec: completeSpec(status.spec), operations };
}

/** Limits had no such before. */
const NO_HANG: Partial<Limits> = { hang: null };

/** The description, likewise; also of one that is stored, or that an older daemon passes on. What it lacks it did not mean. */
export function completeSpec(spec: Partial<AppSpec> | undefined): AppSpec {
  const limits = spec?.limits ? { ...NO_HANG, ...spec.limits } : SPEC_DEFAULTS.limits;
  return { ...SPEC_DEFAULTS, ...spec, limits } as AppSpec;
}

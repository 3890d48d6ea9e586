// PURE: the fields about rollouts, resolved against what is known of the app and the machine.
import { CANARY_DEFAULTS, SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import { ZdmError, type ErrorCode } from '../../daemon/protocol/errors.ts';
import type { AppSpec, CanaryPlan, ExecMode, Strategy } from '../../daemon/protocol/model.ts';
import type { AppFields } from './fields.ts';
import { resolvePlace } from './places.ts';

/** What is known of the app when they are resolved. */
export interface RolloutContext {
  readonly name: string;
  readonly cwd: string;
  readonly execMode: ExecMode;
  readonly instances: number;
  readonly code: ErrorCode;
}

type RolloutPart = Pick<
  AppSpec,
  'waitFor' | 'health' | 'warmup' | 'strategy' | 'surge' | 'minReady' | 'progressDeadline' | 'bake' | 'canary'
>;

/** That part of the description. Throws when this app, or this number of workers, cannot be rolled out so. */
export function rolloutOf(app: AppFields, context: RolloutContext): RolloutPart {
  const { name, cwd, execMode, instances, code } = context;
  const strategy = strategyOf(app);
  const canary = strategy === 'canary' ? (app.canary ?? CANARY_DEFAULTS) : SPEC_DEFAULTS.canary;
  if (execMode === 'fork') refuseInForkMode(app, name, code);
  if (canary !== null) refuseTooFew(canary, instances, name, code);
  const health = app.health ?? SPEC_DEFAULTS.health;
  const places = (app.wait_for ?? SPEC_DEFAULTS.waitFor).map((place) => resolvePlace(place, cwd));
  return {
    // The same socket may have been written as two paths.
    waitFor: [...new Set(places)],
    health: health && { ...health, port: health.port && resolvePlace(health.port, cwd) },
    warmup: app.warmup ?? SPEC_DEFAULTS.warmup,
    strategy,
    surge: app.surge ?? SPEC_DEFAULTS.surge,
    minReady: app.min_ready ?? SPEC_DEFAULTS.minReady,
    progressDeadline: app.progress_deadline ?? SPEC_DEFAULTS.progressDeadline,
    bake: app.bake ?? SPEC_DEFAULTS.bake,
    canary,
  };
}

/** Saying how a canary goes is asking for one. */
function strategyOf({ strategy, canary }: AppFields): Strategy {
  return strategy ?? (canary === undefined ? SPEC_DEFAULTS.strategy : 'canary');
}

function refuseInForkMode(app: AppFields, name: string, code: ErrorCode): void {
  const strategy = strategyOf(app);
  const asked = [
    ...(app.health === undefined ? [] : ['health']),
    ...(app.warmup?.length ? ['warmup'] : []),
    ...(app.wait_for?.length ? ['wait_for'] : []),
    ...(strategy === 'rolling' ? [] : [`strategy "${strategy}"`]),
  ];
  if (asked.length === 0) return;
  const last = asked.pop();
  const words = asked.length === 0 ? `${last} is` : `${asked.join(', ')} and ${last} are`;
  throw new ZdmError(code, `${name}: ${words} for cluster mode: zdm does not see the ports of an app in fork mode.`);
}

function refuseTooFew({ share }: CanaryPlan, instances: number, name: string, code: ErrorCode): void {
  if (instances < 2)
    throw new ZdmError(
      code,
      `${name}: a canary needs two instances or more: with one there is nothing to compare it with.`,
      'Raise instances, or choose strategy "rolling" or "blue-green".',
    );
  if (share.unit === 'count' && share.value >= instances)
    throw new ZdmError(
      code,
      `${name}: canary.instances (${share.value}) must be fewer than instances (${instances}): some keep the old code.`,
    );
}

// How the workers of an app are replaced, and what is asked of the new ones, in words.
import { HEALTH_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import { plural } from '../../daemon/protocol/format.ts';
import type { AppSpec, CanaryPlan, Health, Share } from '../../daemon/protocol/model.ts';
import { limitText } from './time.ts';

/** What decides how it goes. */
type Plan = Pick<AppSpec, 'strategy' | 'surge' | 'minReady' | 'bake' | 'canary' | 'instances'>;

/** `rolling, 1 at a time`, `blue-green, the old ones stay warm for 30s`, `canary, 1 of 4 workers first`. */
export function strategyText({ strategy, surge, bake, canary, instances }: Plan): string {
  switch (strategy) {
    case 'rolling':
      return `rolling, ${surgeText(surge)}`;
    case 'blue-green':
      return `blue-green, the old ones stay warm for ${limitText(bake)}`;
    case 'canary':
      return canary === null ? 'canary' : `canary, ${plannedShare(canary.share, instances)} first`;
  }
}

/** `1 at a time`, `25% at a time`. */
export function surgeText({ unit, value }: Share): string {
  return `${value}${unit === 'percent' ? '%' : ''} at a time`;
}

/** `1 of 4 workers`, `10% of new connections`. */
export function plannedShare({ unit, value }: Share, instances: number): string {
  return unit === 'count' ? `${value} of ${plural(instances, 'worker')}` : `${value}% of new connections`;
}

/** `fails above 1% errors or 2x p95`. */
export function verdictRule({ maxErrorRate, maxLatencyRatio }: CanaryPlan): string {
  const slow = maxLatencyRatio === null ? '' : ` or ${maxLatencyRatio}x p95`;
  return `fails above ${rateText(maxErrorRate)} errors${slow}`;
}

/** `1 of 4 workers for 1m; fails above 1% errors or 2x p95; 100 requests at least`. */
export function canaryPlanText(plan: CanaryPlan, instances: number): string {
  const least = plan.minRequests === 0 ? '' : `; ${plural(plan.minRequests, 'request')} at least`;
  return `${plannedShare(plan.share, instances)} for ${limitText(plan.bake)}; ${verdictRule(plan)}${least}`;
}

/** `GET /healthz every 1s, 200-399`; what is as usual is not said. */
export function healthText({ path, port, status, timeout, interval, successes, failures, headers }: Health): string {
  const { least, most } = status;
  const count = Object.keys(headers).length;
  const parts = [
    `GET ${path} every ${limitText(interval)}`,
    least === most ? `${least}` : `${least}-${most}`,
    ...(port === null ? [] : [`at ${port}`]),
    ...(timeout === HEALTH_DEFAULTS.timeout ? [] : [`within ${limitText(timeout)}`]),
    ...(successes === HEALTH_DEFAULTS.successes ? [] : [`${successes} in a row`]),
    ...(failures === HEALTH_DEFAULTS.failures ? [] : [`replaced after ${plural(failures, 'failure')}`]),
    ...(count === 0 ? [] : [`with ${plural(count, 'header')}`]),
  ];
  return parts.join(', ');
}

/** A part of one as percent: `1%`, `0.65%`. */
export function rateText(rate: number): string {
  return `${Number((rate * 100).toFixed(2))}%`;
}

// PURE: the field `canary`.
import { CANARY_DEFAULTS, MOST_INSTANCES } from '../../daemon/protocol/defaults.ts';
import type { CanaryPlan, Share } from '../../daemon/protocol/model.ts';
import { limitText } from '../../ui/paint/time.ts';
import { isObject, type Part, readParts, type Said } from './parts.ts';
import { found, readCount, readDuration, type Reading, wholeNumber } from './reading.ts';
import { readPercentage, readRate, readRatio } from './shares.ts';

/** As it may be written. */
export interface CanaryConfig {
  readonly instances?: number;
  readonly percent?: number | string;
  readonly bake?: number | string;
  readonly max_error_rate?: number | string;
  readonly max_latency_ratio?: number | false | null;
  readonly min_requests?: number;
}

const { share, bake, maxErrorRate, maxLatencyRatio, minRequests } = CANARY_DEFAULTS;

/** Its keys, in the order the documentation shows them. */
export const CANARY_PARTS = {
  instances: { read: readInstances, fallback: `${share.value}`, doc: 'How many workers run the new code' },
  percent: {
    read: readPercentage,
    fallback: '',
    doc: 'Or: the percentage of new connections that they get, on as many workers as that takes',
  },
  bake: { read: readDuration, fallback: limitText(bake), doc: 'How long they are watched' },
  max_error_rate: {
    read: readRate,
    fallback: `${maxErrorRate}`,
    doc: "The part of their answers that may be 500 and above: `0.01` or `'1%'`",
  },
  max_latency_ratio: {
    read: readRatio,
    fallback: `${maxLatencyRatio}`,
    takesNull: true,
    doc: 'How many times as long as the old code 95 of 100 answers may take; null for no limit',
  },
  min_requests: { read: readCount, fallback: `${minRequests}`, doc: 'With fewer answers there is no verdict' },
} as const satisfies Record<string, Part<unknown>>;

/** An object, which may be empty. */
export function readCanary(value: unknown, name: string): Reading<CanaryPlan> {
  if (!isObject(value)) return { expected: "an object such as { percent: 10, bake: '5m' }" };
  const parts = readParts(CANARY_PARTS, value, name);
  if (!('value' in parts)) return parts;
  const said = parts.value;
  if (said.instances !== undefined && said.percent !== undefined)
    return { problems: [`${name}.instances and ${name}.percent exclude each other: keep one`] };
  return {
    value: {
      share: shareOf(said),
      bake: said.bake ?? bake,
      maxErrorRate: said.max_error_rate ?? maxErrorRate,
      maxLatencyRatio: said.max_latency_ratio === undefined ? maxLatencyRatio : said.max_latency_ratio,
      minRequests: said.min_requests ?? minRequests,
    },
  };
}

function shareOf({ instances, percent }: Said<typeof CANARY_PARTS>): Share {
  if (percent !== undefined) return { unit: 'percent', value: percent };
  return instances === undefined ? share : { unit: 'count', value: instances };
}

function readInstances(value: unknown): Reading<number> {
  return found(wholeNumber(value), (count) => count >= 1 && count <= MOST_INSTANCES, 'a number of workers, 1 or more');
}

// PURE: what is said of an app, field by field, in the words of a config file.
import { formatBytes, formatPercent } from '../../daemon/protocol/format.ts';
import type { AppSpec, CanaryPlan, Health, Share } from '../../daemon/protocol/model.ts';
import { limitText } from '../../ui/paint/time.ts';
import { shellWord } from '../shell-word.ts';

/** One thing that is said; what is not said has none. */
export interface Saying {
  readonly field: string;
  readonly value: string;
  /** What is compared, where the words are rounded. */
  readonly exact?: number;
  /** The value may be a secret. */
  readonly hidden?: true;
  /** The group that it belongs to: it is compared only where both sides have that. */
  readonly within?: string;
}

type Words<T> = (value: T, field: string) => readonly Saying[];

const text: Words<string | number | boolean | null> = (value, field) =>
  value === null ? [] : [{ field, value: `${value}` }];
const rounded =
  (words: (value: number) => string): Words<number | null> =>
  (exact, field) =>
    exact === null ? [] : [{ field, value: words(exact), exact }];
const time = rounded(limitText);
const list: Words<readonly (string | number)[]> = (value, field) =>
  value.length === 0 ? [] : text(value.map((one) => shellWord(`${one}`)).join(' '), field);
const share: Words<Share> = (value, field) => text(shareText(value), field);
/** Compared elsewhere, or no setting at all. */
const none: Words<unknown> = () => [];

function hidden(values: Readonly<Record<string, string>>, group: string): readonly Saying[] {
  return Object.entries(values).map(([name, value]) => ({ field: `${group}.${name}`, value, hidden: true }));
}

/** What a group itself says, and what it says in particular. */
function grouped(group: string, value: string, parts: readonly Saying[]): readonly Saying[] {
  return [{ field: group, value }, ...parts.map((part) => ({ ...part, within: group }))];
}

const FIELDS: { readonly [P in keyof AppSpec]: Words<AppSpec[P]> } = {
  name: none,
  script: text,
  args: list,
  cwd: text,
  env: (env) => hidden(env, 'env'),
  execMode: text,
  interpreter: text,
  nodeArgs: list,
  instances: none,
  waitReady: text,
  listenTimeout: time,
  waitFor: list,
  health: (health) => (health === null ? [] : healthWords(health)),
  warmup: list,
  strategy: text,
  surge: share,
  minReady: time,
  progressDeadline: time,
  bake: time,
  canary: (canary) => (canary === null ? [] : canaryWords(canary)),
  killTimeout: time,
  drainTimeout: time,
  holdTimeout: time,
  move: text,
  balance: text,
  sticky: text,
  socketMode: (mode, field) => text(mode.toString(8).padStart(4, '0'), field),
  shutdownWithMessage: text,
  treekill: text,
  autorestart: text,
  stopExitCodes: list,
  maxRestarts: text,
  restartWindow: time,
  minUptime: time,
  restartDelay: time,
  throttle: (throttle) => (throttle === null ? [] : time(throttle.first, 'exp_backoff_restart_delay')),
  limits: (limits) => (limits === null ? [] : limitWords(limits)),
  outFile: text,
  errorFile: text,
};

/** Everything that is said of the app but its name and its number of instances. */
export function sayingsOf(spec: AppSpec): readonly Saying[] {
  return Object.entries(FIELDS).flatMap(([property, words]) =>
    (words as Words<unknown>)(spec[property as keyof AppSpec], snakeCase(property)),
  );
}

function healthWords({ path, port, status, headers, ...checks }: Health): readonly Saying[] {
  return grouped('health', path, [
    ...text(port, 'health.port'),
    ...text(status.least === status.most ? status.least : `${status.least}-${status.most}`, 'health.status'),
    ...time(checks.timeout, 'health.timeout'),
    ...time(checks.interval, 'health.interval'),
    ...text(checks.successes, 'health.successes'),
    ...text(checks.failures, 'health.failures'),
    // Their values are told to nobody: only the names can be compared.
    ...hidden(Object.fromEntries(Object.keys(headers).map((name) => [name, ''])), 'health.headers'),
  ]);
}

function canaryWords({ bake, maxErrorRate, maxLatencyRatio, minRequests, ...canary }: CanaryPlan): readonly Saying[] {
  return grouped('canary', shareText(canary.share), [
    ...time(bake, 'canary.bake'),
    ...text(maxErrorRate, 'canary.max_error_rate'),
    ...text(maxLatencyRatio, 'canary.max_latency_ratio'),
    ...text(minRequests, 'canary.min_requests'),
  ]);
}

function limitWords({ memory, cpu, hang, memorySamples, grace }: NonNullable<AppSpec['limits']>): readonly Saying[] {
  const limits = [
    ...rounded(formatBytes)(memory, 'max_memory_restart'),
    ...rounded(formatPercent)(cpu, 'max_cpu_restart'),
    ...time(hang, 'hang_timeout'),
  ];
  const how = [...text(memorySamples, 'limit_samples'), ...time(grace, 'limit_grace')];
  // With one of them the others come from the defaults: said only of a limit that both sides have.
  return [...limits, ...grouped(limits[0]?.field ?? '', '', how).slice(1)];
}

function shareText({ unit, value }: Share): string {
  return unit === 'percent' ? `${value}%` : `${value}`;
}

function snakeCase(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

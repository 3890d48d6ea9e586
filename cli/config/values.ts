import { MOST_INSTANCES } from '../../daemon/protocol/defaults.ts';
import type { Balance, CanaryPlan, ExecMode, Health, Share, Sticky, Strategy } from '../../daemon/protocol/model.ts';
import { type CanaryConfig, readCanary } from './canary.ts';
import { type HealthConfig, readHealth } from './health.ts';
import { readPlaces } from './places.ts';
import { found, readCount, readDuration, type Reader, readPositive, type Reading, shown } from './reading.ts';
import { wholeNumber, written } from './reading.ts';
import { readRequestPaths } from './request-path.ts';
import { readShare } from './shares.ts';
import { splitWords } from './words.ts';

/** Variables as configured. `null` takes away one that would be inherited. */
export type EnvValues = Readonly<Record<string, string | null>>;

/** What each field type becomes once it is read. */
export interface Values {
  string: string;
  path: string;
  boolean: boolean;
  count: number;
  positive: number;
  /** As written: 0 and negative numbers count down from the number of cores. */
  instances: number | 'max';
  duration: number;
  bytes: number;
  /** Of one core. */
  percent: number;
  /** Exit codes. */
  codes: readonly number[];
  words: readonly string[];
  paths: readonly string[];
  env: EnvValues;
  mode: ExecMode;
  balance: Balance;
  sticky: Sticky;
  permissions: number;
  /** Where workers listen. */
  places: readonly string[];
  health: Health;
  requestPaths: readonly string[];
  strategy: Strategy;
  share: Share;
  canary: CanaryPlan;
}

export type FieldType = keyof Values;

/** What each field type may be written as where a config file has types. */
export type WrittenValues = {
  readonly [T in FieldType]: T extends keyof WrittenOtherwise ? WrittenOtherwise[T] : Values[T] | string;
};

interface WrittenOtherwise {
  places: number | string | readonly (number | string)[];
  health: HealthConfig | string;
  share: number | string;
  canary: CanaryConfig;
}

const MODES = new Map<unknown, ExecMode>([
  ['cluster', 'cluster'],
  ['cluster_mode', 'cluster'],
  ['fork', 'fork'],
  ['fork_mode', 'fork'],
]);

const BALANCES = new Map<unknown, Balance>([
  ['least', 'least'],
  ['kernel', 'kernel'],
]);
const STICKY = new Map<unknown, Sticky>([
  ['ip', 'ip'],
  ['none', 'none'],
  [false, 'none'],
]);
const STRATEGIES = new Map<unknown, Strategy>([
  ['rolling', 'rolling'],
  ['blue-green', 'blue-green'],
  ['bluegreen', 'blue-green'],
  ['blue_green', 'blue-green'],
  ['canary', 'canary'],
]);

/** Reads a value from a file or a flag as the given type. Flags are strings, so numbers may be strings too. */
export function readValue<T extends FieldType>(type: T, value: unknown, name: string): Reading<Values[T]> {
  return READERS[type](value, name);
}

const READERS: { readonly [T in FieldType]: Reader<Values[T]> } = {
  string: (value) => readText(value, 'a text'),
  path: (value) => readText(value, 'a path'),
  boolean: readBoolean,
  count: readCount,
  positive: readPositive,
  instances: readInstances,
  duration: readDuration,
  bytes: readBytes,
  percent: readPercent,
  codes: readCodes,
  words: readWords,
  paths: readPaths,
  env: readEnv,
  mode: (value) => found(MODES.get(value), () => true, '"cluster" or "fork"'),
  balance: (value) => found(BALANCES.get(value), () => true, '"least" or "kernel"'),
  sticky: (value) => found(STICKY.get(value), () => true, '"ip" or "none"'),
  permissions: readPermissions,
  places: readPlaces,
  health: readHealth,
  requestPaths: readRequestPaths,
  strategy: (value) => found(STRATEGIES.get(value), () => true, '"rolling", "blue-green" or "canary"'),
  share: readShare,
  canary: readCanary,
};

function readText(value: unknown, expected: string): Reading<string> {
  const fits = typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
  return fits ? { value } : { expected };
}

// 664 without quotes would be a decimal number, and mean something else to JavaScript than to chmod.
function readPermissions(value: unknown): Reading<number> {
  const digits = typeof value === 'string' && /^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : undefined;
  return found(digits, () => true, 'permissions in quotes such as "660"');
}

function readBoolean(value: unknown): Reading<boolean> {
  if (value === true || value === 'true') return { value: true };
  return value === false || value === 'false' ? { value: false } : { expected: 'true or false' };
}

function readInstances(value: unknown): Reading<number | 'max'> {
  if (value === 'max') return { value };
  const expected = 'a number or "max" (0 is all cores, -1 all but one)';
  const count = wholeNumber(value);
  if (count !== undefined && count > MOST_INSTANCES) return { expected: `at most ${MOST_INSTANCES} instances` };
  return found(count, () => true, expected);
}

/** Powers of 1024, as PM2 has them. */
const SIZES = new Map([
  ['', 1],
  ['K', 1024],
  ['M', 1024 ** 2],
  ['G', 1024 ** 3],
]);

function readBytes(value: unknown): Reading<number> {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?)B?$/i.exec(written(value));
  const size = match ? Math.round(Number(match[1]) * SIZES.get(match[2]!.toUpperCase())!) : undefined;
  return found(size, Number.isSafeInteger, 'a size such as "300M", "1.5G" or a number of bytes');
}

function readPercent(value: unknown): Reading<number> {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(written(value));
  return found(match ? Number(match[1]) : undefined, Number.isFinite, 'percent of one core such as 95');
}

function readCodes(value: unknown): Reading<readonly number[]> {
  const list: unknown[] = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : [value].flat();
  const codes = list.map((one) => wholeNumber(one) ?? -1);
  return found(codes, () => codes.every((code) => code >= 0 && code <= 255), 'exit codes (0 to 255) such as [0, 3]');
}

function readWords(value: unknown): Reading<readonly string[]> {
  const expected = 'a list of texts, or one text whose quotes are closed';
  if (typeof value === 'string') return found(splitWords(value), () => true, expected);
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number');
  return isList ? { value: value.map(String) } : { expected };
}

function readPaths(value: unknown): Reading<readonly string[]> {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const isPaths = list.every((item): item is string => typeof item === 'string' && item !== '');
  return isPaths ? { value: list } : { expected: 'a path or a list of paths' };
}

function readEnv(value: unknown): Reading<EnvValues> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { expected: 'an object of variables' };
  }
  const variables: Record<string, string | null> = {};
  for (const [name, given] of Object.entries(value)) {
    if (name === '' || name.includes('=')) return { expected: `names of variables (${shown(name)} cannot be one)` };
    if (typeof given === 'function' || typeof given === 'symbol' || typeof given === 'bigint') {
      return { expected: `texts, numbers or objects as values (${shown(name)} has a ${typeof given})` };
    }
    // Left undefined is how `process.env.X` looks where X is not set: nothing is said about it.
    const text = envText(given);
    if (text?.includes('\0')) return { expected: `values without a zero byte (${shown(name)} has one)` };
    if (text !== undefined) variables[name] = text;
  }
  return { value: variables };
}

function envText(value: unknown): string | null | undefined {
  if (value === null || value === undefined || typeof value === 'string') return value;
  return JSON.stringify(value);
}

// What arrives on the socket is looked at before it is used: it may come from anything that can open it.
import * as z from 'zod/mini';
import type { MethodName, Methods, TopicName, Topics } from '../protocol/contract.ts';
import { isAppName, MOST_INSTANCES } from '../protocol/defaults.ts';
import { LONGEST_TIMER } from '../protocol/duration.ts';
import { ZdmError } from '../protocol/errors.ts';
import { HEADER_NAME, HEADER_VALUE, REQUEST_PATH } from '../protocol/http-words.ts';
import { OPERATION_KINDS } from '../protocol/operation-kinds.ts';
import type { AppSpec } from '../protocol/model.ts';

// The system's strings end at a NUL byte: starting a process with one throws.
const withoutNul = z.refine<string>((value) => !value.includes('\0'), 'has a NUL byte in it');
const text = z.string().check(z.maxLength(64 * 1024), withoutNul);
const variable = z.string().check(z.refine((name) => /^[^=\0]+$/.test(name), 'is not the name of a variable'));
const duration = z.number().check(z.gte(0), z.lte(LONGEST_TIMER));
const count = z.int().check(z.gte(1), z.lte(MOST_INSTANCES));
const words = z.array(text).check(z.maxLength(10_000));
const share = z.discriminatedUnion('unit', [
  z.object({ unit: z.literal('count'), value: count }),
  z.object({ unit: z.literal('percent'), value: z.number().check(z.gt(0), z.lte(100)) }),
]);
const answer = z.int().check(z.gte(100), z.lte(599));
const someTime = duration.check(z.gt(0));
const place = text.check(z.minLength(1));
const requestPath = text.check(z.regex(REQUEST_PATH));
const health = z.object({
  path: requestPath,
  port: z.nullable(place),
  status: z
    .object({ least: answer, most: answer })
    .check(z.refine(({ least, most }) => least <= most, 'has its least above its most')),
  timeout: someTime,
  interval: someTime,
  successes: z.int().check(z.gte(1)),
  failures: z.int().check(z.gte(1)),
  headers: z.record(z.string().check(z.regex(HEADER_NAME)), text.check(z.regex(HEADER_VALUE))),
});
const canary = z.object({
  share,
  bake: duration,
  maxErrorRate: z.number().check(z.gte(0), z.lte(1)),
  maxLatencyRatio: z.nullable(z.number().check(z.gte(1))),
  minRequests: z.int().check(z.gte(0)),
});

const fields = z.object({
  name: z.string().check(z.refine(isAppName, 'is not a valid app name')),
  script: text.check(z.minLength(1)),
  args: words,
  cwd: text,
  env: z.record(variable, z.string().check(withoutNul)),
  execMode: z.enum(['cluster', 'fork']),
  interpreter: z.nullable(text),
  nodeArgs: words,
  instances: count,
  waitReady: z.boolean(),
  listenTimeout: duration,
  waitFor: z.array(place).check(z.maxLength(100)),
  health: z.nullable(health),
  warmup: z.array(requestPath).check(z.maxLength(10_000)),
  strategy: z.enum(['rolling', 'blue-green', 'canary']),
  surge: share,
  minReady: duration,
  progressDeadline: duration,
  bake: duration,
  canary: z.nullable(canary),
  killTimeout: duration,
  drainTimeout: duration,
  holdTimeout: duration,
  move: z.boolean(),
  balance: z.enum(['least', 'kernel']),
  sticky: z.enum(['ip', 'none']),
  socketMode: z.int().check(z.gte(0), z.lte(0o777)),
  shutdownWithMessage: z.boolean(),
  treekill: z.boolean(),
  autorestart: z.boolean(),
  stopExitCodes: z.array(z.int().check(z.gte(0), z.lte(255))).check(z.maxLength(256)),
  maxRestarts: z.number().check(z.gte(0)),
  restartWindow: duration,
  minUptime: duration,
  restartDelay: duration,
  throttle: z.nullable(z.object({ first: duration, most: duration })),
  limits: z.nullable(
    z.object({
      memory: z.nullable(z.number().check(z.gte(0))),
      cpu: z.nullable(z.number().check(z.gte(0))),
      hang: z.nullable(duration),
      memorySamples: z.int().check(z.gte(1)),
      cpuSamples: z.int().check(z.gte(1)),
      grace: duration,
    }),
  ),
  outFile: text,
  errorFile: text,
});
// How many instances a canary needs is not among them: an app is scaled later, and may not get lost by that.
const spec = fields.check(
  z.refine(({ strategy, canary }) => (strategy === 'canary') === (canary !== null), {
    path: ['canary'],
    message: 'belongs to the strategy "canary", and that to it',
  }),
  z.refine(({ execMode, strategy }) => execMode === 'cluster' || strategy === 'rolling', {
    path: ['strategy'],
    message: 'is for cluster mode',
  }),
  z.refine(({ execMode, health, warmup, waitFor }) => execMode === 'cluster' || isBlind({ health, warmup, waitFor }), {
    path: ['health'],
    message: 'is for cluster mode, as warmup and waitFor are',
  }),
);

const nothing = z.object({});
const snapshot = z.string().check(z.refine(isAppName, 'is not a valid name of a snapshot'));
/** Who asks, and how: told to people, never acted on. */
const by = z.optional(z.string().check(z.maxLength(200)));

const METHODS = {
  hello: z.object({ protocol: z.number(), version: z.string() }),
  ping: nothing,
  list: nothing,
  start: z.object({
    specs: z.array(spec).check(z.minLength(1)),
    replace: z.boolean(),
    by,
    patient: z.optional(z.boolean()),
  }),
  operate: z.object({
    kind: z.enum(OPERATION_KINDS),
    targets: words.check(z.minLength(1)),
    scale: z.optional(
      z.discriminatedUnion('mode', [
        z.object({ mode: z.literal('set'), count }),
        z.object({ mode: z.literal('add'), count: z.int().check(z.gte(-MOST_INSTANCES), z.lte(MOST_INSTANCES)) }),
      ]),
    ),
    slot: z.optional(z.int().check(z.gte(0), z.lte(MOST_INSTANCES))),
    by,
  }),
  control: z.object({
    action: z.enum(['abort', 'pause', 'resume', 'finish']),
    targets: words.check(z.minLength(1)),
    by,
  }),
  save: z.object({ name: snapshot }),
  resurrect: z.object({ name: snapshot, by }),
  snapshots: nothing,
  history: nothing,
  environment: z.object({ targets: words, secrets: z.boolean() }),
  shutdown: nothing,
  renewMaster: nothing,
  stepDown: nothing,
} satisfies { [M in MethodName]: z.ZodMiniType<Methods[M]['params']> };

const TOPICS = {
  apps: nothing,
  logs: z.object({
    targets: words,
    lines: z.int().check(z.gte(0), z.lte(100_000)),
    streams: z.array(z.enum(['out', 'err'])),
    follow: z.boolean(),
  }),
  output: z.object({ targets: words, lines: z.int().check(z.gte(0), z.lte(100_000)) }),
} satisfies { [T in TopicName]: z.ZodMiniType<Topics[T]['params']> };

/** The parameters of a method, or a ZdmError that names what is wrong with them. */
export function methodParams<M extends MethodName>(method: M, params: unknown): Methods[M]['params'] {
  return parse(METHODS[method] as unknown as z.ZodMiniType<Methods[M]['params']>, method, params);
}

/** The parameters of a topic, likewise. */
export function topicParams<T extends TopicName>(topic: T, params: unknown): Topics[T]['params'] {
  return parse(TOPICS[topic] as unknown as z.ZodMiniType<Topics[T]['params']>, topic, params);
}

/** Whether the daemon can be asked this. */
export function isMethod(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}

/** Whether this can be subscribed to. */
export function isTopic(name: string): name is TopicName {
  return Object.hasOwn(TOPICS, name);
}

/** Whether an app could be started so. */
export function isSpec(value: object): boolean {
  return z.safeParse(spec, value).success;
}

/** It asks for nothing that takes seeing the ports of its workers. */
function isBlind({ health, warmup, waitFor }: Pick<AppSpec, 'health' | 'warmup' | 'waitFor'>): boolean {
  return health === null && warmup.length === 0 && waitFor.length === 0;
}

function parse<T>(schema: z.ZodMiniType<T>, name: string, params: unknown): T {
  const result = z.safeParse(schema, params);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') || 'the parameters';
  throw new ZdmError('BAD_REQUEST', `"${name}" was asked with a wrong ${path}: ${issue?.message ?? 'not understood'}.`);
}

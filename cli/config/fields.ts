import { SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import type { Field } from './field.ts';
import { RESTART_FIELDS } from './restart-fields.ts';
import { ROLLOUT_FIELDS } from './rollout-fields.ts';
import type { EnvValues, Values, WrittenValues } from './values.ts';

/** Every field, in the order help and documentation show them. */
export const FIELDS = [
  {
    name: 'script',
    aliases: ['exec', 'cmd', 'command'],
    type: 'string',
    property: 'script',
    fallback: null,
    doc: 'File or command to run; relative to cwd',
  },
  {
    name: 'name',
    type: 'string',
    property: 'name',
    fallback: null,
    flag: '-n, --name <name>',
    doc: 'Name of the app; otherwise that of the script',
  },
  { name: 'args', type: 'words', property: 'args', fallback: null, doc: 'Arguments of the script' },
  {
    name: 'cwd',
    type: 'path',
    property: 'cwd',
    fallback: null,
    flag: '--cwd <folder>',
    doc: 'Working folder; otherwise that of the config file or the shell',
  },
  {
    name: 'env',
    type: 'env',
    property: 'env',
    fallback: null,
    doc: 'Variables; env_<name> adds more with --env <name>',
  },
  {
    name: 'env_file',
    type: 'paths',
    property: 'env',
    fallback: null,
    flag: '--env-file <file>',
    doc: 'File of variables (KEY=value); in a config file relative to cwd',
  },
  {
    name: 'instances',
    type: 'instances',
    property: 'instances',
    fallback: SPEC_DEFAULTS.instances,
    flag: '-i, --instances <n>',
    doc: 'How many workers: a number, "max", or -1 for all cores but one',
  },
  {
    name: 'exec_mode',
    type: 'mode',
    property: 'execMode',
    fallback: null,
    flag: '--exec-mode <mode>',
    doc: 'cluster for Node.js scripts (reloads without a gap), fork for anything else',
  },
  {
    name: 'interpreter',
    aliases: ['exec_interpreter'],
    type: 'string',
    property: 'interpreter',
    fallback: null,
    flag: '--interpreter <program>',
    doc: 'Program that runs the script; otherwise by its extension; "none" runs it as it is',
  },
  {
    name: 'node_args',
    aliases: ['interpreter_args'],
    type: 'words',
    property: 'nodeArgs',
    fallback: null,
    flag: '--node-args <args>',
    doc: 'Arguments of node, or of the interpreter',
  },
  ...ROLLOUT_FIELDS,
  {
    name: 'kill_timeout',
    type: 'duration',
    property: 'killTimeout',
    fallback: SPEC_DEFAULTS.killTimeout,
    flag: '-k, --kill-timeout <time>',
    doc: 'From the stop signal to SIGKILL',
  },
  {
    name: 'drain_timeout',
    type: 'duration',
    property: 'drainTimeout',
    fallback: SPEC_DEFAULTS.drainTimeout,
    flag: '--drain-timeout <time>',
    doc: 'How long a replaced worker may finish its connections',
  },
  {
    name: 'hold_timeout',
    type: 'duration',
    property: 'holdTimeout',
    fallback: SPEC_DEFAULTS.holdTimeout,
    flag: '--hold-timeout <time>',
    doc: 'How long a connection may wait while no worker is there',
  },
  {
    name: 'move',
    type: 'boolean',
    property: 'move',
    fallback: SPEC_DEFAULTS.move,
    flag: '--no-move',
    doc: 'Move idle keep-alive connections to the new worker',
  },
  {
    name: 'balance',
    type: 'balance',
    property: 'balance',
    fallback: SPEC_DEFAULTS.balance,
    flag: '--balance <how>',
    doc: 'Who spreads new connections: zdm, to the worker with the "least", or the "kernel" (Linux, Node 22.12)',
  },
  {
    name: 'sticky',
    type: 'sticky',
    property: 'sticky',
    fallback: SPEC_DEFAULTS.sticky,
    flag: '--sticky <how>',
    doc: '"ip": connections of one client address always go to the same worker slot',
  },
  {
    name: 'socket_mode',
    type: 'permissions',
    property: 'socketMode',
    fallback: SPEC_DEFAULTS.socketMode.toString(8),
    flag: '--socket-mode <permissions>',
    doc: 'Permissions of the unix sockets that the app listens on',
  },
  {
    name: 'shutdown_with_message',
    type: 'boolean',
    property: 'shutdownWithMessage',
    fallback: SPEC_DEFAULTS.shutdownWithMessage,
    flag: '--shutdown-with-message',
    doc: 'Ask the app to stop by the message "shutdown" instead of a signal',
  },
  {
    name: 'treekill',
    type: 'boolean',
    property: 'treekill',
    fallback: SPEC_DEFAULTS.treekill,
    flag: '--no-treekill',
    doc: 'End what a worker has started when it has ended',
  },
  ...RESTART_FIELDS,
  {
    name: 'out_file',
    aliases: ['out', 'output', 'out_log'],
    type: 'path',
    property: 'outFile',
    fallback: null,
    flag: '-o, --output <file>',
    doc: 'File for stdout; otherwise in the logs folder of zdm',
  },
  {
    name: 'error_file',
    aliases: ['error', 'err', 'err_file', 'err_log'],
    type: 'path',
    property: 'errorFile',
    fallback: null,
    flag: '-e, --error <file>',
    doc: 'File for stderr; otherwise in the logs folder of zdm',
  },
] as const satisfies readonly Field[];

type Row = (typeof FIELDS)[number];

/** An app as the user described it, checked field by field but not yet resolved against a machine. */
export type AppFields = { readonly [R in Row as R['name']]?: Values[R['type']] } & {
  readonly script: string;
  /** The env_<name> objects, by name. */
  readonly environments: Readonly<Record<string, EnvValues>>;
};

/** The same as a config file may have it, aliases included. */
export type WrittenFields = { readonly [R in Row as KeyOf<R>]?: WrittenValues[R['type']] };

type KeyOf<R extends Row> =
  | R['name']
  | (R extends { readonly aliases: readonly (infer A extends string)[] } ? A : never);

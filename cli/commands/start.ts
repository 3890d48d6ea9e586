import { cpus } from 'node:os';
import { kernelCanBalance } from '../../daemon/protocol/balance.ts';
import { dirname, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import type { Client } from '../../daemon/client/types.ts';
import type { OperationRef } from '../../daemon/protocol/contract.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppSpec } from '../../daemon/protocol/model.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { appFromFlags, fieldsFromOptions, startOptions } from '../config/flags.ts';
import { findConfig, isConfigFile } from '../config/locate.ts';
import { logicalCwd } from '../config/logical-cwd.ts';
import type { resolveSpecs } from '../config/spec.ts';
import { followOperations } from '../follow.ts';

type Options = Readonly<Record<string, unknown>>;

/** A script, a config file, or an app that is known already. */
export const start: Command = {
  name: 'start',
  aliases: [],
  args: ['[script]'],
  summary: 'start a script, the apps of a config file, or a stopped app',
  options: [
    ...startOptions(),
    { flags: '--env <name>', description: 'Of a config file: use its env_<name> too' },
    { flags: '--only <names>', description: 'Of a config file: only these apps, with commas between' },
  ],
  examples: [
    'zdm start api.js --name api -i 4',
    'zdm start server.mjs --wait-ready --env-file .env -- --port 3000',
    'zdm start ecosystem.config.cjs --env production',
    'zdm start api',
  ],
  async run(context, [target], options) {
    const cwd = logicalCwd(context.env['PWD'], process.cwd());
    const file = target ?? findConfig(cwd);
    if (file === undefined) {
      throw new ZdmError(
        'BAD_USAGE',
        'There is nothing to start: no script was named, and there is no zdm.config or ecosystem.config file here.',
        'For example: zdm start app.js --name api',
      );
    }
    const path = resolve(cwd, file);
    if (isConfigFile(path) && existsSync(path)) return startConfig(context, file, path, options);
    return startScript(context, file, cwd, options);
  },
};

async function startConfig(context: Context, file: string, path: string, options: Options): Promise<number> {
  const flags = Object.keys(fieldsFromOptions(options));
  if (flags.length > 0) {
    throw new ZdmError(
      'BAD_USAGE',
      `A config file says how its apps run; ${flags.join(', ')} cannot be given beside it.`,
      `Write it into ${path}.`,
    );
  }
  const only = typeof options['only'] === 'string' ? options['only'].split(',') : undefined;
  const env = typeof options['env'] === 'string' ? options['env'] : undefined;
  const { loadConfig } = await import('../config/load.ts');
  const { resolveSpecs } = await import('../config/spec.ts');
  const config = await loadConfig(path, { env, only });
  context.warn(config.warnings);
  const specs = resolveSpecs(config.apps, specContext(context, dirname(path), 'BAD_CONFIG'));
  context.warn(specs.flatMap(unableLines));
  const client = await context.connect();
  const by = byline('start', [file]);
  return follow(context, client, await client.call('start', { specs, replace: true, by }, 30_000));
}

async function startScript(context: Context, script: string, cwd: string, options: Options): Promise<number> {
  for (const name of ['env', 'only']) {
    if (options[name] !== undefined)
      throw new ZdmError(
        'BAD_USAGE',
        `--${name} chooses from a config file; ${script} is a script.`,
        'Variables of a script: FOO=bar zdm start app.js, or --env-file .env',
      );
  }
  const { resolveSpecs } = await import('../config/spec.ts');
  let specs: AppSpec[];
  try {
    const app = appFromFlags(script, { ...options, ...envFileOf(options, cwd) }, context.rest);
    specs = resolveSpecs([app], specContext(context, cwd, 'BAD_USAGE'));
  } catch (error) {
    if (!(error instanceof ZdmError) || error.code !== 'NO_SUCH_SCRIPT') throw error;
    return startKnown(context, script, error);
  }
  context.warn(specs.flatMap(unableLines));
  const client = await context.connect();
  const by = byline('start', [script]);
  return follow(context, client, await client.call('start', { specs, replace: false, by }, 30_000));
}

/** What this machine cannot do of what the app asks for, and what happens instead. */
function unableLines({ name, balance }: AppSpec): string[] {
  if (balance !== 'kernel' || kernelCanBalance()) return [];
  const { node } = process.versions;
  return [
    `${name}: balance "kernel" needs Linux and Node 22.12 (here: ${process.platform}, Node ${node}); zdm hands out instead.`,
  ];
}

/**
 * Relative to the shell, not to --cwd: node looks for every --env-file on its command line, behind the script too (seen in 20
 * to 26), and ends when the file is not there.
 */
function envFileOf({ envFile }: Options, cwd: string): Options {
  return typeof envFile === 'string' ? { envFile: resolve(cwd, envFile) } : {};
}

/** There is no such script; perhaps it is the name or id of an app. */
async function startKnown(context: Context, target: string, noScript: ZdmError): Promise<number> {
  const client = await context.connectIfKnown();
  if (!client) throw noScript;
  let refs: readonly OperationRef[];
  try {
    const by = byline('start', [target]);
    refs = await client.call('operate', { kind: 'start', targets: [target], by }, 30_000);
  } catch (error) {
    client.close();
    throw error instanceof ZdmError && error.code === 'NO_SUCH_APP' ? noScript : error;
  }
  return follow(context, client, refs);
}

async function follow(context: Context, client: Client, refs: readonly OperationRef[]): Promise<number> {
  return followOperations(context, client, refs, false);
}

function specContext(
  context: Context,
  dir: string,
  code: 'BAD_CONFIG' | 'BAD_USAGE',
): Parameters<typeof resolveSpecs>[1] {
  const { env, layout } = context;
  return { dir, env, home: layout.home, cpus: cpus().length, platform: process.platform, node: process.execPath, code };
}

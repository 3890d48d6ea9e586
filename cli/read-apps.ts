// From the words of `zdm start` and `zdm run` to complete descriptions: a script with flags, or the apps of a config file.
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { kernelCanBalance } from '../daemon/protocol/balance.ts';
import { ZdmError } from '../daemon/protocol/errors.ts';
import type { AppSpec } from '../daemon/protocol/model.ts';
import type { CommandOption, Context } from './command.ts';
import { appFromFlags, fieldsFromOptions, startOptions } from './config/flags.ts';
import { findConfig, isConfigFile } from './config/locate.ts';
import { logicalCwd } from './config/logical-cwd.ts';
import type { resolveSpecs } from './config/spec.ts';

type Options = Readonly<Record<string, unknown>>;

export interface ReadApps {
  /** What was named, or the config file that was found. */
  readonly file: string;
  readonly fromConfig: boolean;
  readonly specs: readonly AppSpec[];
}

/** The options of commands that start apps. */
export function appOptions(): CommandOption[] {
  return [
    ...startOptions(),
    { flags: '--env <name>', description: 'Of a config file: use its env_<name> too' },
    { flags: '--only <names>', description: 'Of a config file: only these apps, with commas between' },
  ];
}

/**
 * The apps that `target` names; without one, those of the config file of this folder. Warns of what this machine cannot do.
 * Throws a ZdmError: NO_SUCH_SCRIPT, BAD_USAGE or BAD_CONFIG. `verb` is the command's name, for its messages.
 */
export async function readApps(
  context: Context,
  verb: 'start' | 'run',
  target: string | undefined,
  options: Options,
): Promise<ReadApps> {
  const cwd = logicalCwd(context.env['PWD'], process.cwd());
  const file = target ?? findConfig(cwd);
  if (file === undefined) {
    throw new ZdmError(
      'BAD_USAGE',
      `There is nothing to ${verb}: no script was named, and there is no zdm.config or ecosystem.config file here.`,
      `For example: zdm ${verb} app.js --name api`,
    );
  }
  const path = resolve(cwd, file);
  const fromConfig = isConfigFile(path) && existsSync(path);
  const specs = fromConfig
    ? await specsOfConfig(context, path, options)
    : await specsOfScript(context, verb, file, cwd, options);
  context.warn(specs.flatMap(unableLines));
  return { file, fromConfig, specs };
}

async function specsOfConfig(context: Context, path: string, options: Options): Promise<AppSpec[]> {
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
  const { loadConfig } = await import('./config/load.ts');
  const { resolveSpecs } = await import('./config/spec.ts');
  const config = await loadConfig(path, { env, only });
  context.warn(config.warnings);
  return resolveSpecs(config.apps, specContext(context, dirname(path), 'BAD_CONFIG'));
}

async function specsOfScript(
  context: Context,
  verb: string,
  script: string,
  cwd: string,
  options: Options,
): Promise<AppSpec[]> {
  for (const name of ['env', 'only']) {
    if (options[name] !== undefined)
      throw new ZdmError(
        'BAD_USAGE',
        `--${name} chooses from a config file; ${script} is a script.`,
        `Variables of a script: FOO=bar zdm ${verb} app.js, or --env-file .env`,
      );
  }
  const { resolveSpecs } = await import('./config/spec.ts');
  const app = appFromFlags(script, { ...options, ...envFileOf(options, cwd) }, context.rest);
  return resolveSpecs([app], specContext(context, cwd, 'BAD_USAGE'));
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

function specContext(
  context: Context,
  dir: string,
  code: 'BAD_CONFIG' | 'BAD_USAGE',
): Parameters<typeof resolveSpecs>[1] {
  const { env, layout } = context;
  return { dir, env, home: layout.home, cpus: cpus().length, platform: process.platform, node: process.execPath, code };
}

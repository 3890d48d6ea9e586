// What programs import from 'zdm': the same client as the commands have, and types for config files.
import { tryConnect } from '../daemon/client/connect.ts';
import { homeOf } from '../daemon/client/home.ts';
import type { Client } from '../daemon/client/types.ts';
import { ZdmError } from '../daemon/protocol/errors.ts';
import type { WrittenFields } from './config/fields.ts';
import type { EnvValues } from './config/values.ts';

export { ZdmError };
export type { Client, Subscription, SubscriptionHandlers } from '../daemon/client/types.ts';
export type { Methods, Topics } from '../daemon/protocol/contract.ts';
export type * from '../daemon/protocol/model.ts';
export type { CanaryConfig } from './config/canary.ts';
export type { HealthConfig } from './config/health.ts';

/** An app of a config file. Durations may be written as `'10s'`; `env_<name>` is chosen with `--env <name>`. */
export type AppConfig = { readonly script: string } & Omit<WrittenFields, 'script'> & {
    readonly [env: `env_${string}`]: EnvValues | string | undefined;
  };

/** Gives editors the types of a config file: `export default defineConfig({ apps: [...] })`. */
export function defineConfig(config: { readonly apps: readonly AppConfig[] }): { readonly apps: readonly AppConfig[] } {
  return config;
}

/** Connects to the running daemon of `$ZDM_HOME`. Rejects with a ZdmError, NO_DAEMON when none runs. */
export async function connect(env: NodeJS.ProcessEnv = process.env): Promise<Client> {
  const client = await tryConnect(homeOf(env));
  if (typeof client === 'string') throw new ZdmError('NO_DAEMON', `No daemon runs for ${homeOf(env).home}.`);
  return client;
}

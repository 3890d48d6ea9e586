import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { AppSpec } from '../../daemon/protocol/model.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import { stopTime } from '../../daemon/protocol/stop-time.ts';
import type { Context } from '../command.ts';
import { shellWord } from '../shell-word.ts';
import { isFleeting, lastingNode, lastingPath } from './lasting.ts';
import type { Owner } from './place.ts';
import type { Service } from './service.ts';

/** What systemd gives a service to stop, unless told otherwise (s): no less than that. */
const USUAL_STOP = 90;
/** Beyond the time that the apps may take (s). */
const MARGIN = 10;

/** The service that starts what is running this command. `specs`: the apps there are now. */
export function describeService(
  { env, dist }: Pick<Context, 'env' | 'dist'>,
  { user, home, isRoot }: Owner,
  specs: readonly Pick<AppSpec, 'killTimeout'>[],
): Service {
  const searchPath = env['PATH'] ?? '';
  return {
    scope: isRoot ? 'system' : 'user',
    user,
    home,
    node: lastingNode(process.execPath, searchPath, realpath),
    daemon: join(dist, 'zdmd.mjs'),
    cli: join(dist, 'cli.cjs'),
    searchPath: lastingPath(searchPath),
    stopSeconds: Math.max(USUAL_STOP, Math.ceil(stopTime(specs) / 1000) + MARGIN),
  };
}

/** Why it would not start at the next boot; null when it would. */
export function whyBrief({ node, daemon }: Pick<Service, 'node' | 'daemon'>): ZdmError | null {
  const [what, file] = isFleeting(node) ? ['Node.js', node] : ['zdm', daemon];
  if (!isFleeting(file)) return null;
  const why = `This ${what} may be gone after a reboot: ${file}`;
  return new ZdmError('STARTUP_FAILED', why, 'Install it where it stays, and use that one.');
}

/** The whole command line for root: under sudo there is another search path, and perhaps neither node nor zdm in it. */
export function asRoot(command: string, { user, home, node, cli, searchPath }: Service): string {
  const words = ['sudo', 'env', `PATH=${searchPath}`, `ZDM_HOME=${home}`, node, cli, command, '--user', user];
  return words.map(shellWord).join(' ');
}

function realpath(file: string): string | null {
  try {
    return realpathSync(file);
  } catch {
    return null;
  }
}

// Whose apps a service is for, and whether this machine can have one.
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { Context } from '../command.ts';
import type { Owner, Words } from './place.ts';
import { runWords } from './run-words.ts';
import type { Manager } from './service.ts';

/** systemd has this folder wherever it is the first process. */
const SYSTEMD_RUNS = '/run/systemd/system';

/** The manager that was named, else that of this system. */
export function managerOf(word: string | undefined): Manager {
  if (word === undefined) return process.platform === 'darwin' ? 'launchd' : 'systemd';
  if (word === 'systemd' || word === 'launchd') return word;
  throw new ZdmError('BAD_USAGE', `"${word}" is not a service manager that zdm knows.`, 'There is: systemd, launchd');
}

/** Whether that one runs here. */
export function canStartUp(manager: Manager): boolean {
  return manager === 'launchd' ? process.platform === 'darwin' : existsSync(SYSTEMD_RUNS);
}

/** `name`: the user that was named. Throws when only root could do it, or root probably means somebody else. */
export async function ownerOf(context: Context, name: string | undefined): Promise<Owner> {
  const { env, layout } = context;
  const me = ownName();
  const isRoot = process.getuid?.() === 0;
  if (name === undefined || name === me) {
    const caller = env['SUDO_USER'];
    if (isRoot && name === undefined && caller !== undefined && caller !== me && !existsSync(layout.registry))
      throw new ZdmError(
        'BAD_USAGE',
        `Root has no apps in ${layout.home}.`,
        `For those of ${caller}: sudo zdm startup --user ${caller}. For root's all the same: --user ${me}`,
      );
    const configHome = env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
    return { user: me, userHome: homedir(), configHome, home: layout.home, isMe: true, isRoot };
  }
  const userHome = await homeOfUser(name);
  return { user: name, userHome, configHome: '', home: env['ZDM_HOME'] || join(userHome, '.zdm'), isMe: false, isRoot };
}

/** Throws when the manager does not run here, or when it takes root: with `asRoot`, the command for that. */
export async function refuseUnable(manager: Manager, { isRoot, isMe, user }: Owner, asRoot: string): Promise<void> {
  if (manager === 'launchd' && !canStartUp(manager))
    throw new ZdmError(
      'STARTUP_FAILED',
      'launchd is of macOS.',
      'To see what it would get: zdm startup launchd --print',
    );
  if (!canStartUp(manager))
    throw new ZdmError(
      'STARTUP_FAILED',
      'systemd does not run here, so it would start nothing at the next boot. Is this a container?',
      'In one, run the apps in the foreground: zdm run app.js. Another init system: see docs/startup.md',
    );
  if (!isRoot && !isMe) throw new ZdmError('STARTUP_FAILED', `The apps of ${user} take root.`, `Run: ${asRoot}`);
  if (manager === 'systemd' && !isRoot && (await runWords(['systemctl', '--user', 'show-environment'])).code !== 0)
    throw new ZdmError(
      'STARTUP_FAILED',
      'The systemd of this user cannot be reached.',
      `Have root set it up: ${asRoot}`,
    );
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    throw new ZdmError(
      'STARTUP_FAILED',
      'This user has no name, and a service needs one.',
      'In a container: zdm run app.js',
    );
  }
}

/** The system's own directory knows users that no file has. */
async function homeOfUser(user: string): Promise<string> {
  // Of another form it is none, and could be taken for an option.
  const isName = /^[A-Za-z_][\w.-]*$/.test(user);
  const { text } = isName ? await runWords(lookUp(user)) : { text: '' };
  const folder =
    process.platform === 'darwin' ? text.replace(/^NFSHomeDirectory:/, '').trim() : (text.split(':')[5] ?? '');
  if (folder.startsWith('/')) return folder;
  throw new ZdmError('BAD_USAGE', `There is no user "${user}" here.`, 'For example: sudo zdm startup --user deploy');
}

function lookUp(user: string): Words {
  if (process.platform === 'darwin') return ['dscl', '.', '-read', `/Users/${user}`, 'NFSHomeDirectory'];
  return ['getent', 'passwd', user];
}

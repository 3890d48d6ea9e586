// PURE: where the description of the service goes, and what has to be run when it is there.
import { join } from 'node:path';
import type { Manager, Service } from './service.ts';

export interface Place {
  readonly manager: Manager;
  readonly scope: Service['scope'];
  readonly user: string;
  /** `zdm`, or one that tells several apart. */
  readonly name: string;
  readonly file: string;
}

/** Whose apps, and who asks. */
export interface Owner {
  readonly user: string;
  readonly userHome: string;
  readonly configHome: string;
  readonly home: string;
  /** Who asks. */
  readonly isMe: boolean;
  /** The command runs as root: for the machine. */
  readonly isRoot: boolean;
}

/** Root writes for the machine, anybody else for their own service manager. */
export function placeOf(manager: Manager, owner: Owner): Place {
  const { user, userHome, configHome, isRoot } = owner;
  const name = nameOf(owner);
  const scope = isRoot ? 'system' : 'user';
  const around = { manager, scope, user, name } as const;
  if (manager === 'systemd') {
    const folder = isRoot ? '/etc/systemd/system' : join(configHome, 'systemd/user');
    return { ...around, file: join(folder, `${name}.service`) };
  }
  const folder = isRoot ? '/Library/LaunchDaemons' : join(userHome, 'Library/LaunchAgents');
  return { ...around, file: join(folder, `${name}.plist`) };
}

/** The usual home has a short name. Of the machine's units, each belongs to one user. */
function nameOf({ user, userHome, home, isRoot }: Owner): string {
  if (home !== join(userHome, '.zdm')) return `zdm${home.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/-$/, '')}`;
  return isRoot && user !== 'root' ? `zdm-${user.replaceAll(/[^A-Za-z0-9_]/g, '-')}` : 'zdm';
}

/** A command line, as words. */
export type Words = readonly string[];

interface Steps {
  /** So that it is started at each boot. */
  readonly enable: readonly Words[];
  /** Succeeds when it runs. */
  readonly isActive: Words;
  readonly start: Words;
  /** So that it is not started any more; it goes on until it is ended. */
  readonly disable: readonly Words[];
  /** When the file has gone. */
  readonly forget: readonly Words[];
}

/** What is run. `uid`: of the user, for launchd. */
export function stepsFor({ manager, scope, user, name, file }: Place, uid: number): Steps {
  if (manager === 'launchd') {
    const domain = scope === 'system' ? 'system' : `gui/${uid}`;
    return {
      enable: [['launchctl', 'enable', `${domain}/${name}`]],
      isActive: ['launchctl', 'print', `${domain}/${name}`],
      start: ['launchctl', 'bootstrap', domain, file],
      disable: [['launchctl', 'disable', `${domain}/${name}`]],
      forget: [],
    };
  }
  const unit = `${name}.service`;
  const systemctl = scope === 'system' ? ['systemctl'] : ['systemctl', '--user'];
  return {
    enable: [
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'enable', unit],
      // Else a user's systemd begins with their first login and ends with their last logout, and their apps with it.
      ...(scope === 'user' ? [['loginctl', 'enable-linger', user]] : []),
    ],
    isActive: [...systemctl, 'is-active', '--quiet', unit],
    start: [...systemctl, 'start', unit],
    disable: [[...systemctl, 'disable', unit]],
    forget: [[...systemctl, 'daemon-reload']],
  };
}

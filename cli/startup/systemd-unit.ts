// PURE: zdmd as a unit of systemd. What the settings do was tried with systemd 252.
import { MARK, serviceEnvironment, type Service } from './service.ts';

/** The text of the unit. */
export function systemdUnit(service: Service): string {
  const { scope, user, home, node, daemon, cli, stopSeconds } = service;
  const system = scope === 'system';
  const environment = Object.entries(serviceEnvironment(service)).map(([name, value]) => quoted(`${name}=${value}`));
  const lines = [
    `# ${MARK}`,
    '[Unit]',
    `Description=zdm, the apps of ${user}`,
    // A user's own systemd knows neither network nor mounts.
    ...(system
      ? ['Wants=network-online.target', 'After=network-online.target', `RequiresMountsFor=${quoted(home)}`]
      : []),
    'StartLimitIntervalSec=60',
    'StartLimitBurst=20',
    '',
    '[Service]',
    'Type=exec',
    ...(system ? [`User=${user}`] : []),
    `Environment=${environment.join(' ')}`,
    `ExecStart=${quoted(node)} ${argument(daemon)}`,
    `ExecReload=${quoted(node)} ${argument(cli)} reload all`,
    '# When it dies it comes back, before its apps would bring it back themselves. Not when it was ended (zdm kill).',
    'Restart=on-failure',
    'RestartSec=100ms',
    '# The signal to stop is for zdmd, which stops its apps in order; and they outlive it when it is killed. Any other mode ends them.',
    'KillMode=process',
    `TimeoutStopSec=${stopSeconds}`,
    '# One process that the kernel killed for its memory must not end the others: zdm replaces it.',
    'OOMPolicy=continue',
    'LimitNOFILE=524288',
    'TasksMax=infinity',
    '',
    '[Install]',
    `WantedBy=${system ? 'multi-user.target' : 'default.target'}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** What stands in a unit of ours: the home, and the files that have to be there for it to start. */
export function readUnit(text: string): { home: string; programs: string[] } {
  const home = /^Environment=.*"ZDM_HOME=((?:[^"\\]|\\.)*)"/m.exec(text)?.[1] ?? '';
  const start = /^ExecStart=(.*)$/m.exec(text)?.[1] ?? '';
  const words = [...start.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => plain(word));
  return { home: plain(home), programs: words.map((word) => word.replaceAll('$$', '$')) };
}

/** `%` begins what systemd puts in itself, everywhere. */
function quoted(text: string): string {
  return `"${text
    .replaceAll('%', '%%')
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)}"`;
}

/** Behind the program, `$` would begin a variable. */
function argument(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'));
}

function plain(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1').replaceAll('%%', '%');
}

// PURE: what the facts mean. Each check says something, also that all is well.
import { formatBytes, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { problemOf } from '../../ui/paint/problem.ts';
import { shellWord } from '../shell-word.ts';
import type { DiskFact, Facts, Finding, Level, PathFact } from './facts.ts';

/** Less than this is too little for a server with its connections, files and pipes. */
const FEWEST_FILES = 4_096;
const MANY_FILES = 65_536;
const MEGABYTE = 1024 * 1024;
const MUCH_LOG = 1024 * MEGABYTE;
/** In the words of the master; see `reason` in daemon/master/listeners.ts. */
const TAKEN_PORT = /\bport (?:\S*:)?(\d+) is taken\b/;

type Check = (facts: Facts) => Finding[];

/** Everything, in the order in which it is shown. */
export function examine(facts: Facts): Finding[] {
  return CHECKS.flatMap((check) => check(facts));
}

/** The port that an app did not get; null when that is not its trouble. */
export function portWanted({ reason, operations }: Pick<AppStatus, 'reason' | 'operations'>): number | null {
  const port = TAKEN_PORT.exec(reason ?? operations.at(-1)?.failure?.reason ?? '')?.[1];
  return port === undefined ? null : Number(port);
}

const version: Check = ({ command: { version: own, onDisk, node } }) =>
  onDisk === null || onDisk === own
    ? [found('version', 'ok', `zdm ${own}, Node.js ${node}`)]
    : [found('version', 'bad', `this command is zdm ${own}, its package says ${onDisk}`, 'npm install -g zdm')];

const home: Check = (facts) => {
  if (facts.paths.length === 0) return [found('home', 'note', `${facts.home} is not there: nothing was ever started`)];
  const wrong = facts.paths.flatMap((path) => wrongPath(path, facts));
  return wrong.length > 0 ? wrong : [found('home', 'ok', `${facts.home}, open to ${facts.user} only`)];
};

function wrongPath({ path, kind, mode, uid }: PathFact, facts: Facts): Finding[] {
  const isFolder = kind === 'home' || kind === 'runtime';
  const close = `chmod ${isFolder ? 700 : 600} ${shellWord(path)}`;
  if (uid !== facts.uid)
    return [
      found(
        'home',
        'bad',
        `${path} belongs to another user (uid ${uid})`,
        `sudo chown ${facts.user} ${shellWord(path)}`,
      ),
    ];
  if ((mode & 0o022) !== 0)
    return [found('home', 'bad', `${path} can be written by others, who could run programs as ${facts.user}`, close)];
  if (kind === 'list' && (mode & 0o044) !== 0)
    return [found('home', 'bad', `${path} can be read by others, with the passwords in it`, close)];
  if (isFolder && (mode & 0o055) !== 0) return [found('home', 'warn', `${path} is open to others`, close)];
  return [];
}

const list: Check = ({ list: apps, home: folder }) => {
  if (apps === null || !('wrong' in apps)) return [];
  const file = shellWord(`${folder}/apps.json`);
  return [found('list', 'bad', `${folder}/apps.json cannot be used: ${apps.wrong}`, `mv ${file} ${file}.old`)];
};

const daemon: Check = ({ daemon: it, list: apps, command }) => {
  switch (it.state) {
    case 'none': {
      const wanted = apps !== null && 'wanted' in apps ? apps.wanted : 0;
      return wanted === 0
        ? [found('daemon', 'note', 'none runs; the first command starts it')]
        : [found('daemon', 'bad', `none runs, and ${plural(wanted, 'app')} should`, 'zdm list')];
    }
    case 'dead':
      return [found('daemon', 'bad', 'it died, and was not started again; apps go on without it', 'zdm list')];
    case 'unsafe':
      return [found('daemon', 'note', 'not asked, for the home is not safe')];
    case 'refused':
      return [found('daemon', 'bad', it.why, it.next)];
    case 'up': {
      if (it.version !== command.version)
        return [found('daemon', 'warn', `it is zdm ${it.version}, this command is ${command.version}`, 'zdm update')];
      if (it.isNodeGone)
        return [found('daemon', 'warn', 'its Node.js is not on the disk any more', 'zdm update --force')];
      return [found('daemon', 'ok', `zdm ${it.version}, pid ${it.pid}`)];
    }
  }
};

const masters: Check = ({ remains, command, apps }) => {
  const wrong = remains.flatMap(({ app, version: its, masterPid, workers, files }) => {
    if (its !== null && its !== command.version)
      return [
        found(
          'masters',
          'warn',
          `that of ${app} is zdm ${its}, this command is ${command.version}`,
          `zdm update ${app}`,
        ),
      ];
    if (its !== null) return [];
    if (masterPid !== null)
      return [found('masters', 'bad', `that of ${app}, pid ${masterPid}, does not answer`, `kill -9 ${masterPid}`)];
    if (workers.length > 0) {
      const what = workers.length === 1 ? '1 process is' : `${workers.length} processes are`;
      return [found('masters', 'bad', `${app} has none, and ${what} left of it`, `kill -9 ${workers.join(' ')}`)];
    }
    const isKnown = apps === null || apps.some(({ name }) => name === app);
    return files.length === 0 || isKnown
      ? []
      : [
          found(
            'leftovers',
            'warn',
            `files of ${app}, which is in the list no more`,
            `rm ${files.map(shellWord).join(' ')}`,
          ),
        ];
  });
  const count = remains.filter((one) => one.version !== null).length;
  return wrong.length > 0 || count === 0 ? wrong : [found('masters', 'ok', `${count}, each zdm ${command.version}`)];
};

const drafts: Check = ({ drafts: files }) =>
  files.length === 0
    ? []
    : [
        found(
          'leftovers',
          'warn',
          `${plural(files.length, 'file')} of processes that were killed`,
          `rm ${files.map(shellWord).join(' ')}`,
        ),
      ];

const appCheck: Check = ({ apps, ports, now }) => {
  const all = apps ?? [];
  const wrong = all.flatMap((app) => {
    const problem = problemOf(app, now);
    if (problem === null) return [];
    const port = portWanted(app);
    if (port === null) return [found('apps', 'warn', problem.text, problem.next)];
    const owner = ports.get(port) ?? null;
    const start = `zdm start ${app.name}`;
    if (owner === null) return [found('apps', 'bad', `${app.name} could not have port ${port}; it is free now`, start)];
    // A master that ends is brought back.
    const rival = all.find(({ masterPid }) => masterPid === owner.pid);
    const end = rival ? `zdm stop ${rival.name}` : `kill ${owner.pid}`;
    const who = rival ? `the app ${rival.name}` : `pid ${owner.pid} (${owner.command})`;
    return [found('apps', 'bad', `${app.name} cannot have port ${port}: ${who} has it`, `${end}; ${start}`)];
  });
  if (all.length === 0 || wrong.length > 0) return wrong;
  const up = all.filter(({ state }) => state === 'online').length;
  return [found('apps', 'ok', `${all.length}, ${up} online`)];
};

const limits: Check = ({ openFiles }) => {
  if (openFiles === null) return [];
  const { most, pid } = openFiles;
  return most < FEWEST_FILES
    ? [
        found(
          'limits',
          'warn',
          `${most} open files and connections for a process are few`,
          `sudo prlimit --pid ${pid} --nofile=${MANY_FILES}`,
        ),
      ]
    : [found('limits', 'ok', `${most} open files for a process`)];
};

const disks: Check = ({ disks: all }) => all.map(diskFinding);

function diskFinding({ path, free, size, freeFiles, files }: DiskFact): Finding {
  const left = `${formatBytes(free)} free at ${path}`;
  const look = `du -xh ${shellWord(path)} | sort -h | tail`;
  if (free < 100 * MEGABYTE || (files > 0 && freeFiles < 1_000)) {
    const what = free < 100 * MEGABYTE ? left : `room for ${plural(freeFiles, 'file')} at ${path}`;
    return found('disk', 'bad', what, look);
  }
  return free < 1024 * MEGABYTE && free < size / 20 ? found('disk', 'warn', left, look) : found('disk', 'ok', left);
}

const logs: Check = ({ logs: { bytes, biggest } }) =>
  bytes > MUCH_LOG && biggest !== null
    ? [
        found(
          'logs',
          'warn',
          `${formatBytes(bytes)} of log files; the biggest is ${biggest}`,
          `truncate -s 0 ${shellWord(biggest)}`,
        ),
      ]
    : [found('logs', 'ok', formatBytes(bytes))];

const startup: Check = ({ startup: { isPossible, units } }) => {
  const broken = units.flatMap(({ file, missing }) =>
    missing.map((one) => found('startup', 'bad', `${one} is not there, and ${file} starts it`, 'zdm startup')),
  );
  if (broken.length > 0) return broken;
  if (units.length > 0) return [found('startup', 'ok', units.map(({ file }) => file).join(', '))];
  return isPossible
    ? [found('startup', 'note', 'not set up: after a reboot nothing starts by itself', 'zdm startup')]
    : [
        found(
          'startup',
          'note',
          'no service manager here that zdm knows: something else has to start it after a reboot',
        ),
      ];
};

const CHECKS: readonly Check[] = [version, home, list, daemon, masters, drafts, appCheck, limits, disks, logs, startup];

function found(area: string, level: Level, text: string, mend: string | null = null): Finding {
  return { area, level, text, mend };
}

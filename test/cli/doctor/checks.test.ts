import { describe, expect, test } from 'vitest';
import { examine, portWanted } from '../../../cli/doctor/checks.ts';
import type { Facts } from '../../../cli/doctor/facts.ts';
import { findingLines, isWrong } from '../../../cli/output/findings.ts';
import { anApp, anOperation, NOW, plainTheme } from '../../ui/samples.ts';

const GIGABYTE = 1024 ** 3;
const HOME = { path: '/home/bob/.zdm', kind: 'home', mode: 0o700, uid: 1000 } as const;
const LIST = { path: '/home/bob/.zdm/apps.json', kind: 'list', mode: 0o600, uid: 1000 } as const;
const DISK = { path: '/home/bob/.zdm', free: 50 * GIGABYTE, size: 100 * GIGABYTE, freeFiles: 0, files: 0 };
const UP = { state: 'up', pid: 7, version: '1.0.0', isNodeGone: false } as const;
const REMAINS = { app: 'api', version: '1.0.0', masterPid: 4000, workers: [], files: [] } as const;

const WELL: Facts = {
  home: '/home/bob/.zdm',
  uid: 1000,
  user: 'bob',
  paths: [HOME, LIST],
  command: { version: '1.0.0', onDisk: '1.0.0', node: 'v20.20.2' },
  daemon: UP,
  apps: [anApp(0, 'api')],
  list: { wanted: 1 },
  remains: [REMAINS],
  drafts: [],
  openFiles: { most: 524_288, pid: 7 },
  disks: [DISK],
  logs: { bytes: 2_000, biggest: '/home/bob/.zdm/logs/api-out.log' },
  startup: { isPossible: true, units: [{ file: '/etc/systemd/system/zdm-bob.service', missing: [] }] },
  ports: new Map(),
  now: NOW,
};

const NO_PORT = 'port 3000 is taken: pid 12 (nginx) has it; the new worker ended with exit code 1';
const WITHOUT_PORT = anApp(1, 'web', { state: 'errored', reason: NO_PORT });

test('all is well: every place is named, and nothing has to be done', () => {
  const findings = examine(WELL);
  expect(findings.filter(isWrong)).toEqual([]);
  expect(findingLines(findings, plainTheme())).toEqual([
    '✓ version  zdm 1.0.0, Node.js v20.20.2',
    '✓ home     /home/bob/.zdm, open to bob only',
    '✓ daemon   zdm 1.0.0, pid 7',
    '✓ masters  1, each zdm 1.0.0',
    '✓ apps     1, 1 online',
    '✓ limits   524288 open files for a process',
    '✓ disk     50G free at /home/bob/.zdm',
    '✓ logs     2K',
    '✓ startup  /etc/systemd/system/zdm-bob.service',
    '',
    'Nothing is wrong.',
  ]);
});

test('what is wrong is followed by the command that mends it', () => {
  const lines = findingLines(examine({ ...WELL, paths: [{ ...HOME, mode: 0o777 }] }), plainTheme());
  expect(lines.slice(1, 3)).toEqual([
    '✖ home     /home/bob/.zdm can be written by others, who could run programs as bob',
    '           chmod 700 /home/bob/.zdm',
  ]);
  expect(lines.at(-1)).toBe('1 thing to mend.');
});

describe('what is found, and what mends it', () => {
  test.each<[string, Partial<Facts>, string, string, string | null]>([
    [
      'another version on disk',
      { command: { ...WELL.command, onDisk: '1.1.0' } },
      'bad',
      'this command is zdm 1.0.0, its package says 1.1.0',
      'npm install -g zdm',
    ],
    [
      'a home of somebody else',
      { paths: [{ ...HOME, uid: 0 }] },
      'bad',
      '/home/bob/.zdm belongs to another user (uid 0)',
      'sudo chown bob /home/bob/.zdm',
    ],
    [
      'a home that others can look into',
      { paths: [{ ...HOME, path: '/srv/my apps', mode: 0o755 }] },
      'warn',
      '/srv/my apps is open to others',
      "chmod 700 '/srv/my apps'",
    ],
    [
      'a list that others can read',
      { paths: [HOME, { ...LIST, mode: 0o644 }] },
      'bad',
      '/home/bob/.zdm/apps.json can be read by others, with the passwords in it',
      'chmod 600 /home/bob/.zdm/apps.json',
    ],
    [
      'a socket that others can write',
      { paths: [{ ...LIST, path: '/x.sock', kind: 'socket', mode: 0o666 }] },
      'bad',
      '/x.sock can be written by others, who could run programs as bob',
      'chmod 600 /x.sock',
    ],
    [
      'a damaged list',
      { list: { wrong: 'it is damaged' } },
      'bad',
      '/home/bob/.zdm/apps.json cannot be used: it is damaged',
      'mv /home/bob/.zdm/apps.json /home/bob/.zdm/apps.json.old',
    ],
    [
      'no daemon, and apps that should run',
      { daemon: { state: 'none' }, list: { wanted: 2 } },
      'bad',
      'none runs, and 2 apps should',
      'zdm list',
    ],
    [
      'a dead daemon',
      { daemon: { state: 'dead' } },
      'bad',
      'it died, and was not started again; apps go on without it',
      'zdm list',
    ],
    [
      'a daemon that cannot be asked',
      { daemon: { state: 'refused', why: 'It speaks protocol 9.', next: 'Use one version.' } },
      'bad',
      'It speaks protocol 9.',
      'Use one version.',
    ],
    [
      'a daemon of another version',
      { daemon: { ...UP, version: '0.9.0' } },
      'warn',
      'it is zdm 0.9.0, this command is 1.0.0',
      'zdm update',
    ],
    [
      'a daemon whose Node.js is gone',
      { daemon: { ...UP, isNodeGone: true } },
      'warn',
      'its Node.js is not on the disk any more',
      'zdm update --force',
    ],
    [
      'a master of another version',
      { remains: [{ ...REMAINS, version: '0.9.0' }] },
      'warn',
      'that of api is zdm 0.9.0, this command is 1.0.0',
      'zdm update api',
    ],
    [
      'a master that hangs',
      { remains: [{ ...REMAINS, version: null }] },
      'bad',
      'that of api, pid 4000, does not answer',
      'kill -9 4000',
    ],
    [
      'workers without a master',
      { remains: [{ ...REMAINS, version: null, masterPid: null, workers: [8, 9] }] },
      'bad',
      'api has none, and 2 processes are left of it',
      'kill -9 8 9',
    ],
    [
      'files of an app that is gone',
      {
        remains: [
          { ...REMAINS, app: 'old', version: null, masterPid: null, files: ['/a/master.pid', '/a/master.sock'] },
        ],
      },
      'warn',
      'files of old, which is in the list no more',
      'rm /a/master.pid /a/master.sock',
    ],
    [
      'drafts',
      { drafts: ['/h/zdmd.lock.draft-3'] },
      'warn',
      '1 file of processes that were killed',
      'rm /h/zdmd.lock.draft-3',
    ],
    [
      'an app in trouble',
      { apps: [anApp(0, 'api', { state: 'errored', reason: 'it died 16 times' })] },
      'warn',
      'api is errored: it died 16 times',
      'zdm logs api --err',
    ],
    [
      'a port that somebody has',
      { apps: [WITHOUT_PORT], ports: new Map([[3000, { pid: 12, command: 'nginx' }]]) },
      'bad',
      'web cannot have port 3000: pid 12 (nginx) has it',
      'kill 12; zdm start web',
    ],
    [
      'a port that another app has',
      { apps: [anApp(0, 'api'), WITHOUT_PORT], ports: new Map([[3000, { pid: 4000, command: 'zdm: api' }]]) },
      'bad',
      'web cannot have port 3000: the app api has it',
      'zdm stop api; zdm start web',
    ],
    [
      'a port that somebody had',
      { apps: [WITHOUT_PORT], ports: new Map([[3000, null]]) },
      'bad',
      'web could not have port 3000; it is free now',
      'zdm start web',
    ],
    [
      'few open files',
      { openFiles: { most: 1_024, pid: 7 } },
      'warn',
      '1024 open files and connections for a process are few',
      'sudo prlimit --pid 7 --nofile=65536',
    ],
    [
      'a disk that is nearly full',
      { disks: [{ ...DISK, free: GIGABYTE / 2 }] },
      'warn',
      '512M free at /home/bob/.zdm',
      'du -xh /home/bob/.zdm | sort -h | tail',
    ],
    [
      'a full disk',
      { disks: [{ ...DISK, free: 0 }] },
      'bad',
      '0B free at /home/bob/.zdm',
      'du -xh /home/bob/.zdm | sort -h | tail',
    ],
    [
      'a disk without room for files',
      { disks: [{ ...DISK, files: 1_000_000, freeFiles: 3 }] },
      'bad',
      'room for 3 files at /home/bob/.zdm',
      'du -xh /home/bob/.zdm | sort -h | tail',
    ],
    [
      'big logs',
      { logs: { bytes: 3 * GIGABYTE, biggest: '/l/api-out.log' } },
      'warn',
      '3.0G of log files; the biggest is /l/api-out.log',
      'truncate -s 0 /l/api-out.log',
    ],
    [
      'a unit whose node is gone',
      { startup: { isPossible: true, units: [{ file: '/u/zdm.service', missing: ['/old/node'] }] } },
      'bad',
      '/old/node is not there, and /u/zdm.service starts it',
      'zdm startup',
    ],
  ])('%s', (_, change, level, text, mend) => {
    const findings = examine({ ...WELL, ...change }).filter(isWrong);
    expect(findings).toEqual([{ area: expect.any(String) as string, level, text, mend }]);
  });
});

test.each<[string, Partial<Facts>, string]>([
  ['no home', { paths: [] }, '/home/bob/.zdm is not there: nothing was ever started'],
  [
    'no daemon, and nothing that should run',
    { daemon: { state: 'none' }, list: { wanted: 0 } },
    'none runs; the first command starts it',
  ],
  ['a home that is not safe', { daemon: { state: 'unsafe' } }, 'not asked, for the home is not safe'],
  ['no unit', { startup: { isPossible: true, units: [] } }, 'not set up: after a reboot nothing starts by itself'],
  [
    'no service manager',
    { startup: { isPossible: false, units: [] } },
    'no service manager here that zdm knows: something else has to start it after a reboot',
  ],
])('nothing is wrong with %s', (_, change, text) => {
  const findings = examine({ ...WELL, ...change });
  expect(findings.filter(isWrong)).toEqual([]);
  expect(findings.filter(({ level }) => level === 'note').map((one) => one.text)).toEqual([text]);
});

test('an app that is stopped may have files of its last master', () => {
  const remains = [{ ...REMAINS, version: null, masterPid: null, files: ['/a/master.pid'] }];
  expect(examine({ ...WELL, remains }).filter(isWrong)).toEqual([]);
});

test.each([
  [NO_PORT, 3000],
  ['port 127.0.0.1:80 is taken; it ended', 80],
  ['port [::1]:8080 is taken: pid 3 (x) has it', 8080],
  ['/run/a.sock is taken: another process listens there', null],
  ['it died 16 times', null],
  [null, null],
])('the port in the reason %j: %j', (reason, port) => {
  expect(portWanted({ reason, operations: [] })).toBe(port);
  const failure = { slot: 0, reason: reason ?? 'none', lines: [] };
  expect(portWanted({ reason: null, operations: [anOperation({ failure })] })).toBe(port);
});

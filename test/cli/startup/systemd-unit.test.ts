import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readUnit, systemdUnit } from '../../../cli/startup/systemd-unit.ts';
import { tempFolder } from '../../daemon/temp-folder.ts';
import { AWKWARD, sampleService } from './sample-service.ts';

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => /^[A-Z]/.test(line));
}

test('a unit of the machine: as its user, when network and home are there', () => {
  const lines = linesOf(systemdUnit(sampleService({ scope: 'system', stopSeconds: 130 })));
  expect(lines).toEqual([
    'Description=zdm, the apps of bob',
    'Wants=network-online.target',
    'After=network-online.target',
    'RequiresMountsFor="/home/bob/.zdm"',
    'StartLimitIntervalSec=60',
    'StartLimitBurst=20',
    'Type=exec',
    'User=bob',
    'Environment="ZDM_SERVICE=1" "ZDM_HOME=/home/bob/.zdm" "PATH=/usr/local/bin:/usr/bin"',
    'ExecStart="/usr/bin/node" "/usr/lib/node_modules/zdm/dist/zdmd.mjs"',
    'ExecReload="/usr/bin/node" "/usr/lib/node_modules/zdm/dist/cli.cjs" reload all',
    'Restart=on-failure',
    'RestartSec=100ms',
    'KillMode=process',
    'TimeoutStopSec=130',
    'OOMPolicy=continue',
    'LimitNOFILE=524288',
    'TasksMax=infinity',
    'WantedBy=multi-user.target',
  ]);
});

test('a unit of a user names no user, and nothing that only the machine has', () => {
  const lines = linesOf(systemdUnit(sampleService()));
  expect(lines.filter((line) => /^(User|Wants|After|RequiresMountsFor)=/.test(line))).toEqual([]);
  expect(lines.at(-1)).toBe('WantedBy=default.target');
});

describe.each([
  ['plain', {}],
  ['awkward', AWKWARD],
])('%s paths', (_, change) => {
  const service = sampleService({ scope: 'system', user: 'root', ...change });

  test('are read back as they were', () => {
    expect(readUnit(systemdUnit(service))).toEqual({ home: service.home, programs: [service.node, service.daemon] });
  });

  // A program that is not there is an error of its own.
  test.skipIf(!hasAnalyze())('are what systemd understands', () => {
    const file = `${tempFolder()}/zdm.service`;
    writeFileSync(file, systemdUnit({ ...service, node: process.execPath }));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test('what is not of ours has neither', () => {
  expect(readUnit('[Service]\nExecStart=/bin/true\n')).toEqual({ home: '', programs: [] });
});

function hasAnalyze(): boolean {
  return spawnSync('systemd-analyze', ['--version']).status === 0;
}

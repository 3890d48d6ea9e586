import { expect, test } from 'vitest';
import { type Owner, placeOf, stepsFor } from '../../../cli/startup/place.ts';

const BOB: Owner = {
  user: 'bob',
  userHome: '/home/bob',
  configHome: '/home/bob/.config',
  home: '/home/bob/.zdm',
  isMe: true,
  isRoot: false,
};
const ROOT: Owner = {
  user: 'root',
  userHome: '/root',
  configHome: '/root/.config',
  home: '/root/.zdm',
  isMe: true,
  isRoot: true,
};

test.each([
  ['systemd', BOB, '/home/bob/.config/systemd/user/zdm.service'],
  ['systemd', { ...BOB, home: '/srv/my apps/' }, '/home/bob/.config/systemd/user/zdm-srv-my-apps.service'],
  ['systemd', ROOT, '/etc/systemd/system/zdm.service'],
  ['systemd', { ...BOB, isRoot: true }, '/etc/systemd/system/zdm-bob.service'],
  ['systemd', { ...BOB, user: 'b.o$b', isRoot: true }, '/etc/systemd/system/zdm-b-o-b.service'],
  ['systemd', { ...BOB, isRoot: true, home: '/srv/zdm' }, '/etc/systemd/system/zdm-srv-zdm.service'],
  ['launchd', BOB, '/home/bob/Library/LaunchAgents/zdm.plist'],
  ['launchd', { ...BOB, isRoot: true }, '/Library/LaunchDaemons/zdm-bob.plist'],
] as const)('%s %#: %o', (manager, owner, file) => {
  expect(placeOf(manager, owner)).toMatchObject({ file, user: owner.user, scope: owner.isRoot ? 'system' : 'user' });
});

const said = (lines: readonly (readonly string[])[]): string[] => lines.map((words) => words.join(' '));

test('of the machine: enabled, and nothing of a user', () => {
  const { enable, isActive, start, disable, forget } = stepsFor(placeOf('systemd', { ...BOB, isRoot: true }), 0);
  expect(said([...enable, isActive, start, ...disable, ...forget])).toEqual([
    'systemctl daemon-reload',
    'systemctl enable zdm-bob.service',
    'systemctl is-active --quiet zdm-bob.service',
    'systemctl start zdm-bob.service',
    'systemctl disable zdm-bob.service',
    'systemctl daemon-reload',
  ]);
});

test('of a user: their own systemd, which begins at boot from then on', () => {
  const { enable, start } = stepsFor(placeOf('systemd', BOB), 1000);
  expect(said([...enable, start])).toEqual([
    'systemctl --user daemon-reload',
    'systemctl --user enable zdm.service',
    'loginctl enable-linger bob',
    'systemctl --user start zdm.service',
  ]);
});

test('launchd: in the domain of the user or of the machine', () => {
  const user = stepsFor(placeOf('launchd', BOB), 501);
  expect(said([...user.enable, user.start, ...user.disable])).toEqual([
    'launchctl enable gui/501/zdm',
    'launchctl bootstrap gui/501 /home/bob/Library/LaunchAgents/zdm.plist',
    'launchctl disable gui/501/zdm',
  ]);
  const machine = stepsFor(placeOf('launchd', { ...BOB, isRoot: true }), 0);
  expect(said([machine.start])).toEqual(['launchctl bootstrap system /Library/LaunchDaemons/zdm-bob.plist']);
});

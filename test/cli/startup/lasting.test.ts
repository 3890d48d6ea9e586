import { expect, test } from 'vitest';
import { isFleeting, lastingNode, lastingPath } from '../../../cli/startup/lasting.ts';

test.each([
  ['/tmp/node/bin/node', true],
  ['/private/tmp/x', true],
  ['/tmp', true],
  ['/run/user/1000/fnm_multishells/12_34/bin', true],
  ['/var/run/x/node', true],
  ['/home/bob/.local/state/fnm_multishells/12_34/bin/node', true],
  ['/home/bob/.npm/_npx/abc/node_modules/zdm/dist/zdmd.mjs', true],
  ['/dev/shm/node', true],
  ['/usr/bin/node', false],
  ['/home/bob/.nvm/versions/node/v20.20.2/bin/node', false],
  ['/home/bob/tmp/node', false],
  ['/tmpfiles/node', false],
  ['/runner/node', false],
])('%s may be gone after a reboot: %s', (path, expected) => expect(isFleeting(path)).toBe(expected));

const LINKS: Readonly<Record<string, string>> = {
  '/run/user/1000/fnm_multishells/1_2/bin/node': '/home/bob/.fnm/v20/bin/node',
  '/home/bob/.fnm/v20/bin/node': '/home/bob/.fnm/v20/bin/node',
  '/opt/homebrew/bin/node': '/opt/homebrew/Cellar/node/20.1/bin/node',
  '/opt/homebrew/Cellar/node/20.1/bin/node': '/opt/homebrew/Cellar/node/20.1/bin/node',
  '/usr/bin/node': '/usr/bin/node',
  '/home/bob/bin/node': '/usr/bin/node',
};
const realpath = (file: string): string | null => LINKS[file] ?? null;

test.each([
  [
    'a folder of this shell only',
    '/run/user/1000/fnm_multishells/1_2/bin/node',
    '/run/user/1000/fnm_multishells/1_2/bin',
    '/home/bob/.fnm/v20/bin/node',
  ],
  [
    'a link that outlives its version',
    '/opt/homebrew/Cellar/node/20.1/bin/node',
    '/usr/bin:/opt/homebrew/bin',
    '/opt/homebrew/bin/node',
  ],
  ['another node in the search path', '/home/bob/.fnm/v20/bin/node', '/usr/bin', '/home/bob/.fnm/v20/bin/node'],
  ['the first of several', '/usr/bin/node', 'bin:/home/bob/bin:/usr/bin', '/home/bob/bin/node'],
  ['no search path', '/usr/bin/node', '', '/usr/bin/node'],
  ['what is not there', '/gone/node', '/usr/bin', '/gone/node'],
])('the path of node: %s', (_, node, searchPath, expected) => {
  expect(lastingNode(node, searchPath, realpath)).toBe(expected);
});

test('the search path keeps its order, and loses what is relative, fleeting or said twice', () => {
  const given =
    '/home/bob/bin:/run/user/1000/fnm_multishells/1_2/bin::./node_modules/.bin:/usr/bin:/tmp/x:/usr/bin:/bin';
  expect(lastingPath(given)).toBe('/home/bob/bin:/usr/bin:/bin');
});

import { expect, test } from 'vitest';
import { launchdPlist, readPlist } from '../../../cli/startup/launchd-plist.ts';
import { AWKWARD, sampleService } from './sample-service.ts';

const pairs = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/<key>(.*)<\/key>\s*(<.*)/g)].map(([, key = '', value = '']) => [key, value]));

test('a job of a user: masters outlive it, it comes back when it dies, and it has time to stop', () => {
  const text = launchdPlist(sampleService({ stopSeconds: 130 }), 'zdm');
  expect(pairs(text)).toMatchObject({
    Label: '<string>zdm</string>',
    AbandonProcessGroup: '<true/>',
    RunAtLoad: '<true/>',
    SuccessfulExit: '<false/>',
    ProcessType: '<string>Interactive</string>',
    ExitTimeOut: '<integer>130</integer>',
    ZDM_SERVICE: '<string>1</string>',
    ZDM_HOME: '<string>/home/bob/.zdm</string>',
    PATH: '<string>/usr/local/bin:/usr/bin</string>',
  });
  expect(text).not.toContain('UserName');
});

test('a job of the machine has a user', () => {
  expect(pairs(launchdPlist(sampleService({ scope: 'system' }), 'zdm-bob'))).toMatchObject({
    Label: '<string>zdm-bob</string>',
    UserName: '<string>bob</string>',
  });
});

test.each([
  ['plain', {}],
  ['awkward', AWKWARD],
])('%s paths are read back as they were, and every element is closed', (_, change) => {
  const service = sampleService(change);
  const text = launchdPlist(service, 'zdm');
  expect(readPlist(text)).toEqual({ home: service.home, programs: [service.node, service.daemon] });
  const open: string[] = [];
  for (const [, close, name = '', self] of text.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!self) open.push(name);
  }
  expect(open).toEqual([]);
});

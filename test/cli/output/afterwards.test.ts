import { expect, test } from 'vitest';
import { begunLine, goesOnLine } from '../../../cli/output/afterwards.ts';
import type { OperationRef } from '../../../daemon/protocol/contract.ts';
import type { OperationKind } from '../../../daemon/protocol/model.ts';

const ref = (name: string, kind: OperationKind): OperationRef => ({ name, op: `op-${name}`, kind });

test.each<[OperationKind, string]>([
  ['reload', 'api: reload begun. Follow it: zdm dash api, or zdm describe api; end it: zdm abort api'],
  ['rollback', 'api: rollback begun. Follow it: zdm dash api, or zdm describe api; end it: zdm abort api'],
  ['scale', 'api: scale begun. Follow it: zdm dash api, or zdm describe api; end it: zdm abort api'],
  ['start', 'api: start begun. Follow it: zdm dash api, or zdm describe api'],
  ['stop', 'api: stop begun. Follow it: zdm dash api, or zdm describe api'],
])('a %s for which nobody waits', (kind, line) => {
  expect(begunLine(ref('api', kind))).toBe(line);
});

test.each<[readonly OperationRef[], string]>([
  [
    [ref('api', 'rollback')],
    'The rollback of api goes on without this command. Follow it: zdm dash api, or zdm describe api; or abort it: zdm abort api',
  ],
  [
    [ref('api', 'rehearse')],
    'The dry run of api goes on without this command. Follow it: zdm dash api, or zdm describe api; or abort it: zdm abort api',
  ],
  [[ref('api', 'stop')], 'The stop of api goes on without this command. Follow it: zdm dash api, or zdm describe api'],
  [
    [ref('api', 'reload'), ref('web', 'start'), ref('mailer', 'reload')],
    'All of this goes on without this command: reload of api, start of web, reload of mailer. Follow it: zdm dash; or abort it: zdm abort api mailer',
  ],
])('Ctrl-C says how to follow and how to abort: %j', (refs, line) => {
  expect(goesOnLine(refs)).toBe(line);
});

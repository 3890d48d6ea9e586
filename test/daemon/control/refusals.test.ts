import { describe, expect, test } from 'vitest';
import { refuseModeChange, refuseOperation } from '../../../daemon/control/refusals.ts';
import type { AppStatus, ExecMode, OperationKind } from '../../../daemon/protocol/model.ts';
import { NOW, sampleApp, sampleSpec } from '../../cli/sample-apps.ts';

const previous = { generation: 16, script: '/srv/shop/releases/41/server.js', startedAt: NOW, warmUntil: null };

function messageOfRefusal(kind: OperationKind, fields: Partial<AppStatus>): string | null {
  try {
    refuseOperation(kind, sampleApp('api', fields), {});
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('going back', () => {
  test.each<[string, Partial<AppStatus>, string | null]>([
    ['to the release before', { previous }, null],
    ['away from code that does not start', { previous, state: 'errored', up: 0 }, null],
    ['away from code that crashes', { previous, state: 'backoff', up: 0 }, null],
    [
      'to nothing',
      {},
      'api has no release to go back to: no reload has put new code in the place of other code since it was started.',
    ],
    ['of a stopped app', { previous, state: 'stopped', up: 0 }, 'api is stopped: it has to run to go back.'],
    ['of one that stops', { previous, state: 'stopping' }, 'api is stopping: it has to run to go back.'],
    ['of one whose master was lost', { previous, state: 'starting', masterPid: null, up: 0 }, 'api is starting.'],
  ])('%s', (_, fields, message) => {
    expect(messageOfRefusal('rollback', fields)).toBe(message);
  });
});

describe('a rehearsal', () => {
  test.each<[string, Partial<AppStatus>, string | null]>([
    ['of what serves', {}, null],
    [
      'of an app that owns its ports',
      { spec: sampleSpec({ execMode: 'fork' }) },
      'api owns its ports (fork mode): two of it cannot run together, so there is no dry run.',
    ],
    ['of what does not serve', { up: 0 }, 'api does not serve: there is nothing that a start could harm.'],
  ])('%s', (_, fields, message) => {
    expect(messageOfRefusal('rehearse', fields)).toBe(message);
  });
});

describe('the mode of an app that runs', () => {
  const refused =
    'api runs in cluster mode: zdm has what it listens on (3000) until it ends, so in fork mode it could not listen there.';
  test.each<[ExecMode, ExecMode, Partial<AppStatus>, string | null]>([
    ['cluster', 'cluster', {}, null],
    ['cluster', 'fork', {}, refused],
    ['cluster', 'fork', { listeners: [] }, null],
    ['fork', 'cluster', { listeners: [] }, null],
  ])('from %s to %s, %o', (from, to, fields, message) => {
    const app = sampleApp('api', { spec: sampleSpec({ execMode: from }), ...fields });
    const refuse = (): void => refuseModeChange(app, to);
    if (message === null) expect(refuse).not.toThrow();
    else expect(refuse).toThrow(message);
  });
});

import { expect, test } from 'vitest';
import { SPEC_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import type { AppStatus } from '../../../daemon/protocol/model.ts';
import { completeStatus } from '../../../daemon/protocol/older.ts';
import { sampleApp, sampleOperation } from '../../cli/sample-apps.ts';

/** As a master tells it that does not know these fields. */
function without(value: object, ...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

test('a master of the version before: it has no releases and no strategies', () => {
  const now = sampleApp('api', { operations: [sampleOperation({ strategy: null })] });
  const then = {
    ...without(now, 'release', 'previous'),
    spec: without(now.spec, 'health', 'strategy', 'canary', 'surge', 'waitFor'),
    operations: now.operations.map((one) => without(one, 'strategy', 'returning', 'canary')),
  } as unknown as AppStatus;
  const { health, strategy, canary, surge, waitFor } = SPEC_DEFAULTS;
  expect(completeStatus(then)).toEqual({ ...now, spec: { ...now.spec, health, strategy, canary, surge, waitFor } });
});

test('one of this version is what it was', () => {
  const previous = { generation: 1, script: '/srv/releases/1/api.js', startedAt: 1, warmUntil: 2 };
  const app = sampleApp('api', { previous, operations: [sampleOperation({ returning: 'aborted' })] });
  expect(completeStatus(app)).toEqual(app);
});

// What is written down of an app after its master has done something. The master's answers are in the test's hand.
import { expect, test } from 'vitest';
import { Agreement } from '../../../daemon/control/agreement.ts';
import type { AppHandle } from '../../../daemon/control/app-handle.ts';
import type { AppSpec, AppStatus } from '../../../daemon/protocol/model.ts';
import { sampleApp } from '../../cli/sample-apps.ts';
import { sampleSpec } from '../sample-spec.ts';

type Told = Pick<AppStatus['operations'][number], 'op' | 'endedAt'>;

const NEW = sampleSpec({ instances: 4, args: ['2'] });
const OLD = sampleSpec({ instances: 4, args: ['1'] });

/** An app of which `NEW` is written down. */
function stage({ up = true, hasMaster = true }: { up?: boolean; hasMaster?: boolean } = {}) {
  const noted: AppSpec[] = [];
  const questions: ((runs: AppSpec | null) => Promise<void>)[] = [];
  const app = {
    name: 'api',
    record: { id: 0, spec: NEW, up, deleted: false },
    status: sampleApp('api'),
    hasMaster,
    query: () =>
      new Promise((resolve) => {
        questions.push(async (runs) => {
          resolve(runs && { id: 0, spec: runs, up: true, deleted: false });
          await new Promise(setImmediate);
        });
      }),
  };
  const agreement = new Agreement((_, spec) => {
    noted.push(spec);
    app.record = { ...app.record, spec };
  });
  return {
    app,
    noted,
    questions,
    /** Its master tells that these operations were asked of it. */
    tells(operations: readonly Told[], change: Partial<AppStatus> = {}): void {
      app.status = sampleApp('api', { operations: operations as AppStatus['operations'], ...change });
      agreement.look(app as unknown as AppHandle);
    },
  };
}

const ended = (op: string): Told => ({ op, endedAt: 1 });
const runs = (op: string): Told => ({ op, endedAt: null });

test('a rollout that failed, or went back, is written down', async () => {
  const { tells, questions, noted } = stage();
  tells([ended('a')]);
  await questions[0]!(OLD);
  expect(noted).toEqual([OLD]);
});

test('what is written down already is not written again', async () => {
  const { tells, questions, noted } = stage();
  tells([ended('a')]);
  await questions[0]!(structuredClone(NEW));
  expect(noted).toEqual([]);
});

test('what was said meanwhile is newer', async () => {
  const { app, tells, questions, noted } = stage();
  tells([ended('a')]);
  const newest = { ...NEW, args: ['3'] };
  app.record = { ...app.record, spec: newest };
  await questions[0]!(OLD);
  expect([noted, app.record.spec]).toEqual([[], newest]);
});

test('the master is asked once after each operation', async () => {
  const { tells, questions } = stage();
  tells([ended('a')]);
  tells([ended('a')]);
  await questions[0]!(NEW);
  tells([ended('a')]);
  expect(questions).toHaveLength(1);
  tells([ended('a'), ended('b')]);
  tells([ended('a'), ended('b')]);
  expect(questions).toHaveLength(2);
});

test('a question that had no answer is asked again, when there is news', async () => {
  const { tells, questions, noted } = stage();
  tells([ended('a')]);
  await questions[0]!(null);
  expect([questions.length, noted]).toEqual([1, []]);
  tells([ended('a')]);
  await questions[1]!(OLD);
  expect(noted).toEqual([OLD]);
  tells([ended('a')]);
  expect(questions).toHaveLength(2);
});

test.each<[string, Parameters<typeof stage>[0], readonly Told[]]>([
  ['while something runs', {}, [ended('a'), runs('b')]],
  ['while something older waits', {}, [runs('a'), ended('b')]],
  ['when it was never told anything', {}, []],
  ['of an app that is to be stopped', { up: false }, [ended('a')]],
  ['without a master', { hasMaster: false }, [ended('a')]],
])('nothing is asked %s', (_, app, operations) => {
  const { tells, questions, noted } = stage(app);
  tells(operations);
  expect([questions.length, noted]).toEqual([0, []]);
});

test('it is asked when what ran has ended', () => {
  const { tells, questions } = stage();
  tells([ended('a'), runs('b')]);
  tells([ended('a'), ended('b')]);
  expect(questions).toHaveLength(1);
});

test('the number of workers is written down at once, and is no news afterwards', async () => {
  const { tells, questions, noted } = stage();
  tells([ended('a')], { wanted: 6 });
  expect(noted).toEqual([{ ...NEW, instances: 6 }]);
  await questions[0]!({ ...NEW, instances: 6 });
  expect(noted).toHaveLength(1);
});

import { expect, test } from 'vitest';
import { ClusterSim } from './cluster-sim.ts';

/** More of them by hand: STORIES=200000. */
const STORIES = Number(process.env['STORIES'] ?? 20_000);
/** A simulation in which these are rare proves nothing. */
const TROUBLES = [
  ...['start', 'reload', 'restart', 'replace', 'scale', 'rollback', 'rehearse'].flatMap((kind) => [
    `done ${kind}`,
    `failed ${kind}`,
  ]),
  'done stop',
  'done delete',
  'crash',
  'kill',
  'given up',
  'finished',
  'abort',
  'pause',
  'resume',
  'finish',
  'switch',
  'standby',
  'readmit',
  'alarm',
  'going back',
  'masterless',
  ...['starting', 'online', 'standby', 'draining', 'stopping'].map((stage) => `absent ${stage}`),
  'canary pass',
  'canary fail',
  'canary inconclusive',
];
/** The end of a story is what a reader of a failure needs. */
const LAST_LINES = 60;

/** To tell one story again: `tell(seed)` alone. */
function tell(seed: number): ClusterSim {
  const sim = new ClusterSim(seed);
  try {
    sim.run();
  } catch (cause) {
    const story = sim.story.slice(-LAST_LINES).join('\n');
    throw new Error(`seed ${seed}: ${(cause as Error).message}\n${story}`, { cause });
  }
  return sim;
}

test('whatever happens in whatever order, the promises hold', () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= STORIES; seed += 1) {
    for (const [what, times] of tell(seed).watch.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  }
  for (const what of TROUBLES) expect(seen.get(what) ?? 0, what).toBeGreaterThan(STORIES / 200);
}, 120_000);

test('the same seed tells the same story', () => {
  expect(tell(7).story).toEqual(tell(7).story);
});

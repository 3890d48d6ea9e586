import { expect, test } from 'vitest';
import { withFigures, withoutFigures } from '../../../daemon/protocol/figures.ts';
import type { WorkerFigures } from '../../../daemon/protocol/model.ts';
import { sampleApp, sampleWorker } from '../../cli/sample-apps.ts';

const figures: WorkerFigures = { cpu: 1, memory: 2, connections: 3, requests: 4, lag: 5, latency: null };

test('figures come into the workers that they name', () => {
  const app = sampleApp('api', { up: 2 });
  const after = withFigures(app, {
    name: 'api',
    at: 0,
    waiting: 7,
    workers: [
      { id: 2, ...figures },
      { id: 9, ...figures },
    ],
  });
  expect(after).toEqual({ ...app, waiting: 7, workers: [sampleWorker(0), sampleWorker(1, figures)] });
});

test('without them, only what has happened is a difference', () => {
  const app = sampleApp('api');
  const measured = { ...app, waiting: 3, workers: app.workers.map((worker) => ({ ...worker, ...figures })) };
  expect(withoutFigures(measured)).toEqual(withoutFigures(app));
  expect(withoutFigures({ ...app, up: 3 })).not.toEqual(withoutFigures(app));
  const slower = app.workers.map((worker) => ({ ...worker, readyAt: 1 }));
  expect(withoutFigures({ ...app, workers: slower })).not.toEqual(withoutFigures(app));
});

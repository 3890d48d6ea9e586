// Code as people deploy it: a folder for each release, and a link `current` to the one that is meant.
import path from 'node:path';
import { expect } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { freePort } from './ports.ts';
import type { Sandbox } from './sandbox.ts';
import { startTraffic, type TrafficOptions } from './traffic.ts';
import { summary, type TrafficReport } from './traffic-report.ts';
import { until } from './until.ts';

/** The app `api`, of the fixture `release.js`. */
export interface Deployed {
  readonly box: Sandbox;
  readonly port: number;
  /** What it is started with: behind the link. */
  readonly script: string;
  /** Makes a release and points the link at it. */
  deploy(version: number, does: string): void;
}

export interface Refused {
  /** What the command said. */
  readonly text: string;
  readonly report: TrafficReport;
  readonly app: AppStatus;
}

/** Two workers of version 1 serve. `options` are fields of a config file. */
export async function startReleases(
  box: Sandbox,
  { does = 'serves', ...options }: Readonly<Record<string, unknown>> & { does?: string } = {},
): Promise<Deployed> {
  const port = await freePort();
  const script = path.join(box.work, 'current/release.js');
  const deploy = (version: number, what: string): void =>
    void box.deployRelease('release.js', version, `${version} ${what}`);
  deploy(1, does);
  const env = { PORT: `${port}`, OTHER_PORT: `${await freePort()}` };
  const app = { name: 'api', script, instances: 2, listen_timeout: '1500ms', env, ...options };
  await box.ok(['start', box.writeFile('apps.json', JSON.stringify({ apps: [app] }))]);
  return { box, port, script, deploy };
}

/** Reloads under load, which must fail without any client noticing, and with the old code serving in every slot at the end. */
export async function refusedUnderLoad(
  { box, port }: Pick<Deployed, 'box' | 'port'>,
  load: TrafficOptions = {},
): Promise<Refused> {
  const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 2, ...load });
  await traffic.more(100);
  const { code, text } = await box.zdm(['reload', 'api']);
  expect(code, text).toBe(1);
  const app = await until(
    async () => {
      const now = await box.app('api');
      return now.workers.every(({ generation, stage }) => generation === 1 && stage === 'online') && now;
    },
    { message: 'only old code serves' },
  );
  const since = Date.now();
  await traffic.more(100);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  expect(report.answers.filter(({ sent, version }) => sent > since && version !== 1)).toEqual([]);
  expect(app).toMatchObject({ state: 'online', up: app.wanted, generation: 1 });
  expect(text).toContain(`Serving now: ${app.wanted} of ${app.wanted} workers, generation 1.`);
  return { text, report, app };
}

/** A worker's pids by slot. */
export function pidsOf({ workers }: AppStatus): number[] {
  return workers.toSorted((one, other) => one.slot - other.slot).map(({ pid }) => pid);
}

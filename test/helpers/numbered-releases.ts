// An app that is deployed as people do: a folder for each release, and the link `current` to one of them.
import { expect } from 'vitest';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { freePort } from './ports.ts';
import type { RunResult } from './run.ts';
import { sandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
import type { Traffic } from './traffic.ts';
import { summary } from './traffic-report.ts';
import { until } from './until.ts';

export interface Deployed {
  readonly box: Sandbox;
  readonly port: number;
  /** Puts a release there and lets `current` point to it; `does` is what its version.txt says beside its number. */
  deploy(number: number, does?: string): void;
  /** Lets the workers of a release that waits listen: that of one slot, or all. */
  open(number: number, slot?: number): void;
  /** Writes the config file: the app `api` in `current`, with these fields beside its name, script and port. */
  configure(fields: Fields): void;
  status(): Promise<AppStatus>;
  /** The newest operation. */
  last(): Promise<OperationStatus>;
  /** Waits for a status; it is the answer. */
  when(isSo: (app: AppStatus) => boolean, message: string, within?: number): Promise<AppStatus>;
  /** `zdm args`, which must fail with exit code 1. */
  refused(...args: string[]): Promise<RunResult>;
}

type Fields = Readonly<Record<string, unknown>> & { readonly env?: Readonly<Record<string, unknown>> };

/** An app that runs release 1, with these fields of its config file. */
export async function deployed(fields: Fields, options?: SandboxOptions): Promise<Deployed> {
  const box = sandbox(undefined, options);
  const port = await freePort();
  const status = (): Promise<AppStatus> => box.app('api');
  const app: Deployed = {
    box,
    port,
    deploy: (number, does = '') => void box.deployRelease('numbered.js', number, `${number} ${does}`),
    open: (number, slot) =>
      void box.writeFile(`releases/${number}/${slot === undefined ? 'open' : `open-${slot}`}.txt`, ''),
    configure({ env, ...more }) {
      const api = { name: 'api', script: 'current/numbered.js', env: { ...env, PORT: port }, ...more };
      box.writeFile('zdm.config.json', JSON.stringify({ apps: [api] }));
    },
    status,
    last: async () => (await status()).operations.at(-1)!,
    when: async (isSo, message, within = 15_000) => {
      let app: AppStatus | undefined;
      const look = async (): Promise<boolean> => isSo((app = await status()));
      await until(look, { within, message: () => `${message}; it was ${JSON.stringify(app && outlineOf(app))}` });
      return app!;
    },
    async refused(...args) {
      const result = await box.zdm(args);
      expect(result.code, result.text).toBe(1);
      return result;
    },
  };
  app.deploy(1);
  app.configure(fields);
  await box.ok(['start']);
  return app;
}

/** Lets the load end; none of its requests may have failed. */
export async function nothingFailed(traffic: Traffic): Promise<void> {
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
}

/** The pids of the workers that serve, by slot. */
export function serving({ workers }: AppStatus): number[] {
  return workers.filter(({ stage }) => stage === 'online').map(({ pid }) => pid);
}

/** The generations of the workers that serve, by slot. */
export function generations({ workers }: AppStatus): number[] {
  return workers.filter(({ stage }) => stage === 'online').map(({ generation }) => generation);
}

function outlineOf({ state, workers, operations }: AppStatus): object {
  const { kind, phase, failure, canary } = operations.at(-1) ?? {};
  return {
    state,
    workers: workers.map(({ slot, stage, generation }) => `${slot} ${stage} ${generation}`),
    last: { kind, phase, failure, canary },
  };
}

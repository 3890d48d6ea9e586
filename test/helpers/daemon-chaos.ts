// The daemon is killed again and again, at random moments and in the middle of whatever a user does, under load. Each time
// another one has to be there within two seconds without a word from anybody, and everything has to be as it should.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { TestHooks } from './hooks.ts';
import { freePort } from './ports.ts';
import { isAlive, killHard } from './processes.ts';
import type { LiveProcess } from './run.ts';
import { sandbox, type Sandbox } from './sandbox.ts';
import { startTraffic } from './traffic.ts';
import { summary } from './traffic-report.ts';
import { until } from './until.ts';
import { Chance } from '../rollout/chance.ts';

/** The daemon has to be back within this time (ms). */
const BACK_WITHIN = 2_000;
/** A command that was under way when the daemon died may say so, and nothing else. */
const LOST = /The connection was lost|The daemon does not answer/;

export interface ChaosReport {
  readonly kills: number;
  /** How long (ms) there was no daemon, each time. */
  readonly absences: readonly number[];
  /** Commands that were under way, and those of them that said that the connection was lost. */
  readonly commands: number;
  readonly interrupted: number;
  readonly requests: number;
}

/** What a user may be doing. `jobs`: how many of the second app should run when it is done; null where that stays. */
interface Deed {
  readonly words: readonly string[];
  readonly api: number | null;
  readonly job: 'runs' | 'stopped' | 'gone' | null;
}

/** Kills the daemon `kills` times; throws when anything is not as it should be. The same seed does the same things. */
export async function daemonChaos(kills: number, seed: number, test?: TestHooks): Promise<ChaosReport> {
  const chance = new Chance(seed);
  const box = sandbox(test);
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  const env = { PORT: String(port) };
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env });
  const { masterPid } = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2, test });
  const absences: number[] = [];
  const wanted: { api: number; job: 'runs' | 'stopped' | 'gone' } = { api: 2, job: 'gone' };
  let commands = 0;
  let interrupted = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    const deed = choose(chance, wanted.job, script);
    const command =
      deed && box.spawnZdm(deed.words, { env: { ...env, ...(deed.words[0] === 'start' && { PORT: '0' }) } });
    await pause(chance.from(0, chance.pick([50, 400, 1_500])));
    const victim = holderOf(box)!;
    killHard(victim);
    const from = Date.now();
    await until(() => holderOf(box) !== victim && isAlive(holderOf(box) ?? 0), {
      within: BACK_WITHIN,
      message: `kill ${kill} of seed ${seed}: another daemon`,
    });
    absences.push(Date.now() - from);
    if (deed && command) {
      commands += 1;
      if (await isInterrupted(command)) {
        interrupted += 1;
        // It is known to have failed, and a user would say it again; whatever came of the first one.
        const { code, text } = await box.zdm(deed.words, { env: { ...env, PORT: '0' } });
        expect(code === 0 || /running already|no app/.test(text), `${deed.words.join(' ')}: ${text}`).toBe(true);
      }
      wanted.api = deed.api ?? wanted.api;
      wanted.job = deed.job ?? wanted.job;
    }
    const told = `kill ${kill} of seed ${seed}, ${deed?.words.join(' ') ?? 'nothing'} under way`;
    await until(async () => isAsWanted(await box.list(), wanted), {
      within: 15_000,
      message: `${told}: all is as wanted`,
    });
    const api = await box.app('api');
    expect(api, told).toMatchObject({ masterPid, restarts: 0, id: 0 });
    const masters = box.processes().filter(({ command: line }) => line.startsWith('zdm: master'));
    expect(
      masters.map(({ pid }) => pid),
      told,
    ).toEqual([masterPid]);
  }
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0, duplicates: [] });
  // One master has seen it all, and tells it.
  const { events } = await box.app('api');
  expect(events.length).toBeGreaterThan(0);
  return { kills, absences, commands, interrupted, requests: report.requests };
}

function choose(chance: Chance, job: 'runs' | 'stopped' | 'gone', script: string): Deed | null {
  const count = chance.from(1, 3);
  const deeds: (Deed | null)[] = [
    null,
    { words: ['reload', 'api'], api: null, job: null },
    { words: ['reload', 'api'], api: null, job: null },
    { words: ['scale', 'api', String(count)], api: count, job: null },
    job === 'gone'
      ? { words: ['start', script, '--name', 'job'], api: null, job: 'runs' }
      : { words: ['delete', 'job'], api: null, job: 'gone' },
    job === 'runs'
      ? { words: ['stop', 'job'], api: null, job: 'stopped' }
      : { words: job === 'gone' ? ['start', script, '--name', 'job'] : ['start', 'job'], api: null, job: 'runs' },
  ];
  return chance.pick(deeds);
}

/** True when it ended because the daemon was lost; throws when it failed in another way. */
async function isInterrupted(command: LiveProcess): Promise<boolean> {
  const { code, text } = await command.ended();
  if (code === 0) return false;
  expect(text).toMatch(LOST);
  return true;
}

function isAsWanted(apps: readonly AppStatus[], { api, job }: { api: number; job: string }): boolean {
  const state = apps.find(({ name }) => name === 'api');
  const other = apps.find(({ name }) => name === 'job');
  const jobIs = other === undefined ? 'gone' : other.state === 'online' ? 'runs' : other.state;
  return state?.state === 'online' && state.up === api && state.wanted === api && jobIs === job;
}

/** The pid of the daemon that holds the lock: asking with a command would bring one back. */
function holderOf({ home }: Sandbox): number | null {
  const numbers = readdirSync(home).flatMap((name) => /^zdmd\.lock\.(\d+)$/.exec(name)?.[1] ?? []);
  const highest = Math.max(0, ...numbers.map(Number));
  try {
    return (JSON.parse(readFileSync(`${home}/zdmd.lock.${highest}`, 'utf8')) as { pid: number }).pid;
  } catch {
    return null;
  }
}

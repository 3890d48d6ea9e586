// PURE: what `zdm start <file>` would do to each app, and why. It has to say what daemon/control/registry.ts does.
import type { AppSpec, AppState, AppStatus } from '../../daemon/protocol/model.ts';
import { type Difference, differencesOf } from './differences.ts';

/** An app as the file describes it. */
export interface Wanted {
  readonly spec: AppSpec;
  /** The script behind all links; null when it cannot be told. */
  readonly script: string | null;
}

/** An app that the daemon knows, its variables with their values. */
export interface Known {
  readonly app: AppStatus;
  readonly env: AppSpec['env'];
}

/** `restart`: a reload with a gap. `leave`: nothing. `refuse`: nothing either, and the whole start fails. */
export type PlanAction = 'start' | 'reload' | 'restart' | 'scale' | 'leave' | 'refuse';

export interface PlanEntry {
  readonly app: string;
  readonly actions: readonly PlanAction[];
  /** A sentence without its dot; empty where the differences say it all. */
  readonly reason: string;
  readonly differences: readonly Difference[];
}

/** What is started anew by a start; everything else runs, or is on its way. */
const DOWN: ReadonlySet<AppState> = new Set(['stopped', 'errored', 'stopping']);

/**
 * First the apps of the file in its order, then the others. `known` is null without a daemon; `some`: not all apps of the file
 * were asked for.
 */
export function planApps(
  wanted: readonly Wanted[],
  known: readonly Known[] | null,
  some: boolean,
): readonly PlanEntry[] {
  if (known === null)
    return wanted.map(({ spec: { name } }) => ({
      app: name,
      actions: ['start'],
      reason: 'no daemon runs',
      differences: [],
    }));
  const names = new Set(wanted.map(({ spec }) => spec.name));
  const others = known.filter(({ app }) => !names.has(app.name));
  return [
    ...wanted.map((one) => planApp(one, known.find(({ app }) => app.name === one.spec.name) ?? null)),
    ...others.map(({ app: { name } }): PlanEntry => {
      const reason = some ? 'not asked for' : `not in the file; to remove it: zdm delete ${name}`;
      return { app: name, actions: ['leave'], reason, differences: [] };
    }),
  ];
}

function planApp(wanted: Wanted, known: Known | null): PlanEntry {
  const { name } = wanted.spec;
  if (known === null) return { app: name, actions: ['start'], reason: 'new', differences: [] };
  const { app } = known;
  const differences = allDifferences(wanted, known);
  const entry = (actions: readonly PlanAction[], reason: string): PlanEntry => ({
    app: name,
    actions,
    reason,
    differences,
  });
  const refusal = refusalOf(app, wanted.spec);
  if (refusal !== null) return entry(['refuse'], refusal);
  if (DOWN.has(app.state)) return entry(['start'], `is ${app.state}`);
  const scales = app.wanted !== wanted.spec.instances ? (['scale'] as const) : [];
  if (wanted.spec.execMode === 'fork') return entry(['restart', ...scales], 'owns its ports (fork mode): with a gap');
  // The old worker has the ports, if there are any, until it is replaced.
  if (app.spec.execMode === 'fork') return entry(['reload', ...scales], `fails if it listens: zdm stop ${name} first`);
  return entry(['reload', ...scales], differences.length === 0 ? 'nothing differs: the code is loaded anew' : '');
}

/** Why the daemon does not take it up. */
function refusalOf({ name, state, spec, listeners, operations }: AppStatus, { execMode }: AppSpec): string | null {
  if (operations.some(({ kind, endedAt }) => kind === 'delete' && endedAt === null)) return 'is being deleted';
  if (state === 'unreachable') return `its master does not answer: zdm describe ${name}`;
  const keepsPorts = spec.execMode === 'cluster' && execMode === 'fork' && listeners.length > 0 && !DOWN.has(state);
  return keepsPorts ? `its ports are zdm's until it ends: zdm stop ${name} first` : null;
}

function allDifferences({ spec, script }: Wanted, { app, env }: Known): readonly Difference[] {
  const { wanted, release } = app;
  const differences = differencesOf({ ...app.spec, env }, spec);
  const changed = (field: string, from: string, to: string): Difference => ({ field, change: 'changed', from, to });
  const instances = wanted === spec.instances ? [] : [changed('instances', `${wanted}`, `${spec.instances}`)];
  // The same path may lead elsewhere now: `current -> releases/43`.
  const leads = app.spec.script === spec.script && release !== null && script !== null && release.script !== script;
  return [...instances, ...(leads ? [changed('release', release.script, script)] : []), ...differences];
}

// `zdm save` and `zdm resurrect`. Nothing needs them for a reboot: the list itself is on disk and kept up to date.
import type { Methods, Resurrection } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import type { Snapshots } from '../store/snapshots.ts';
import { isRunning } from './refusals.ts';
import type { Registry } from './registry.ts';

/** Writes the list as it is now. */
export function saveApps(registry: Registry, snapshots: Snapshots, name: string): Methods['save']['result'] {
  const records = registry
    .find([])
    .map(({ record }) => record)
    .filter(({ deleted }) => !deleted);
  if (records.length === 0)
    throw new ZdmError('NO_SUCH_APP', 'There are no apps, so there is nothing to save.', 'Start one: zdm start app.js');
  const file = snapshots.write(name, records);
  return { file, apps: records.length, up: records.filter(({ up }) => up).length };
}

/** Starts what ran then and does not now. What runs is left alone, also when it is described in another way now. */
export async function resurrectApps(
  registry: Registry,
  snapshots: Snapshots,
  { name, by }: Methods['resurrect']['params'],
): Promise<Resurrection> {
  const saved = snapshots.read(name);
  const known = new Map(registry.find([]).map((app) => [app.name, app]));
  const runs = ({ spec }: AppRecord): boolean => {
    const app = known.get(spec.name);
    return app !== undefined && isRunning(app);
  };
  const start = saved.filter((one) => one.up && !runs(one));
  const fresh = saved.filter(({ up, spec }) => !up && !known.has(spec.name)).map(({ spec }) => spec);
  const left = saved.filter((one) => !start.includes(one) && !fresh.includes(one.spec));
  registry.keep(fresh);
  return {
    started:
      start.length === 0 ? [] : await registry.start({ specs: start.map(({ spec }) => spec), replace: false, by }),
    added: fresh.map((spec) => spec.name),
    left: left.map((one) => ({ name: one.spec.name, runs: runs(one) })),
  };
}

import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppFields } from './fields.ts';
import { nameOf } from './names.ts';
import { didYouMean } from '../../daemon/protocol/nearest.ts';

/** The apps with the variables of `env_<name>` laid over those of `env`. Throws when no app has that one. */
export function chooseEnv(apps: readonly AppFields[], name: string | undefined, file: string): readonly AppFields[] {
  if (name === undefined) return apps;
  const known = [...new Set(apps.flatMap((app) => Object.keys(app.environments)))].toSorted();
  if (!known.includes(name)) {
    const there = known.length === 0 ? 'It has no env_<name> at all.' : `There is: ${known.join(', ')}.`;
    throw new ZdmError('BAD_USAGE', `No app in ${file} has env_${name}.${didYouMean(name, known)}`, there);
  }
  return apps.map((app) => ({ ...app, env: { ...app.env, ...app.environments[name] } }));
}

/** Only the named apps, in the order of the file. Throws when one is not there. */
export function chooseApps(
  apps: readonly AppFields[],
  only: readonly string[] | undefined,
  folder: string,
  file: string,
): readonly AppFields[] {
  if (only === undefined || only.length === 0) return apps;
  const names = apps.map((app) => nameOf(app, folder));
  for (const name of only) {
    if (names.includes(name)) continue;
    throw new ZdmError(
      'NO_SUCH_APP',
      `No app "${name}" in ${file}.${didYouMean(name, names)}`,
      `There is: ${names.join(', ')}.`,
    );
  }
  return apps.filter((_, index) => only.includes(names[index] ?? ''));
}

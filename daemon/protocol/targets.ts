// PURE: which apps a word on the command line means.
import { ZdmError } from './errors.ts';
import { nearest } from './nearest.ts';

interface Named {
  readonly id: number;
  readonly name: string;
}

/** The apps named by names, ids or `all`, each once, by id. Throws NO_SUCH_APP with the nearest name. */
export function resolveTargets<T extends Named>(apps: readonly T[], targets: readonly string[]): T[] {
  const found = new Set<T>();
  for (const target of targets) {
    if (target === 'all') {
      for (const app of apps) found.add(app);
      continue;
    }
    const app = apps.find(({ name }) => name === target) ?? apps.find(({ id }) => String(id) === target);
    if (!app) throw noSuchApp(apps, target);
    found.add(app);
  }
  return [...found].toSorted((one, other) => one.id - other.id);
}

function noSuchApp(apps: readonly Named[], target: string): ZdmError {
  const close = nearest(
    target,
    apps.map(({ name }) => name),
  );
  if (apps.length === 0)
    return new ZdmError('NO_SUCH_APP', `There is no app "${target}": no apps at all.`, 'Start one: zdm start app.js');
  return new ZdmError(
    'NO_SUCH_APP',
    `There is no app "${target}".`,
    close ? `Did you mean "${close}"? See: zdm list` : undefined,
  );
}

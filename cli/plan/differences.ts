// PURE: in what two descriptions of an app differ.
import type { AppSpec } from '../../daemon/protocol/model.ts';
import { completeSpec } from '../../daemon/protocol/older.ts';
import { sayingsOf, type Saying } from './spec-words.ts';

/** One field that differs. The values are in words; null where there is none, or where it is not to be shown. */
export interface Difference {
  readonly field: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly from: string | null;
  readonly to: string | null;
}

/** Longer values are compared and not shown. */
const LONGEST = 80;
/** What a shell keeps for itself: it differs from one command to the next, and no app means it. */
const OF_THE_SHELL: ReadonlySet<string> = new Set(['env._', 'env.SHLVL', 'env.OLDPWD']);

/** In the order of a description; an older master may not know all fields. Instances are not compared. */
export function differencesOf(before: AppSpec, after: AppSpec): readonly Difference[] {
  const old = byField(sayingsOf(completeSpec(before)));
  const fresh = byField(sayingsOf(after));
  return [...new Set([...fresh.keys(), ...old.keys()])]
    .filter((field) => !OF_THE_SHELL.has(field))
    .flatMap((field) => {
      const [was, is] = [old.get(field), fresh.get(field)];
      const group = was?.within ?? is?.within;
      const isOfBoth = group === undefined || (old.has(group) && fresh.has(group));
      return isOfBoth && valueOf(was) !== valueOf(is) ? [difference(field, was, is)] : [];
    });
}

function difference(field: string, was: Saying | undefined, is: Saying | undefined): Difference {
  const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
  const isShown = [was, is].every((one) => one === undefined || (!one.hidden && one.value.length <= LONGEST));
  const isRounded = was?.value === is?.value;
  const words = (one: Saying | undefined): string | null => {
    if (one === undefined || !isShown) return null;
    return isRounded ? `${valueOf(one)}` : one.value;
  };
  return { field, change, from: words(was), to: words(is) };
}

function valueOf(saying: Saying | undefined): string | number | undefined {
  return saying?.exact ?? saying?.value;
}

function byField(sayings: readonly Saying[]): ReadonlyMap<string, Saying> {
  return new Map(sayings.map((saying) => [saying.field, saying]));
}

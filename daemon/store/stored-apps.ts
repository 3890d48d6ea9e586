// PURE: what stands in the file of the apps, of any version there ever was.
import type { AppSpec } from '../protocol/model.ts';
import { completeSpec } from '../protocol/older.ts';

/** PERSISTED: a change of this shape needs a new version, a default for older files below and a fixture of one in test/daemon/store. */
export interface AppRecord {
  readonly id: number;
  readonly spec: AppSpec;
  /** Should it run? */
  readonly up: boolean;
  /** To be forgotten as soon as its master has ended. */
  readonly deleted: boolean;
}

/**
 * 2 added `balance`, `sticky`, `socketMode` and `shutdownWithMessage` to the description, 3 `throttle` and `limits`, 4
 * `stopExitCodes`, `restartWindow`, `treekill` and `limits.hang` (no stored description of version 3 had limits), and `deleted`,
 * 5 `waitFor`, `health`, `warmup`, `strategy`, `surge`, `minReady`, `progressDeadline`, `bake` and `canary`. 6
 * added nothing: a daemon of 0.1.0 would not find the one master of all apps, and would start each app a second time.
 */
const VERSION = 6;

export interface Decoded {
  /** Those that are whole. */
  readonly apps: readonly AppRecord[];
  /** What is wrong with the file, in words that quote nothing of it: passwords may stand there. */
  readonly flaw: { readonly kind: 'damaged' | 'newer'; readonly why: string } | null;
}

/** The file for these apps. */
export function encodeApps(apps: readonly AppRecord[]): string {
  return `${JSON.stringify({ version: VERSION, apps }, null, '\t')}\n`;
}

/** The apps in the file; one that is not whole is left out, and `flaw` says so. `isSpec` tells whether an app could be started so. */
export function decodeApps(text: string, isSpec: (spec: object) => boolean): Decoded {
  const stored = parsed(text);
  if (stored === undefined) return unusable('damaged', 'it is not JSON');
  const { version, apps } = (stored ?? {}) as { version?: unknown; apps?: unknown };
  if (typeof version !== 'number') return unusable('damaged', 'it has no version');
  if (version > VERSION) return unusable('newer', `it has version ${version}, this zdm knows ${VERSION}`);
  if (!Array.isArray(apps)) return unusable('damaged', 'it has no list of apps');
  const completed = apps.map(complete);
  const wrong = completed.findIndex((app) => !isWhole(app, isSpec));
  return {
    apps: completed.filter((app) => isWhole(app, isSpec)),
    flaw: wrong < 0 ? null : { kind: 'damaged', why: `app ${wrong} of its list is not complete` },
  };
}

function unusable(kind: 'damaged' | 'newer', why: string): Decoded {
  return { apps: [], flaw: { kind, why } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a record of an older version lacks did not exist then: the default is what it meant. */
function complete(app: unknown): unknown {
  const { spec, ...record } = (app ?? {}) as Partial<AppRecord>;
  return { deleted: false, ...record, spec: completeSpec(spec) };
}

/** Whether nothing of it is missing. */
export function isWhole(app: unknown, isSpec: (spec: object) => boolean): app is AppRecord {
  const { id, spec, up, deleted } = (app ?? {}) as Partial<AppRecord>;
  return Number.isInteger(id) && typeof up === 'boolean' && typeof deleted === 'boolean' && isSpec(spec ?? {});
}

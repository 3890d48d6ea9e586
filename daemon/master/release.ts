// One code of an app: what was said of it when it began, and where it really lies. `current` may point elsewhere by the time a
// worker of it crashes.
import { realpathSync } from 'node:fs';
import { codeMark } from '../os/code-mark.ts';
import type { Release } from '../protocol/master-contract.ts';
import type { AppSpec, ReleaseInfo } from '../protocol/model.ts';

/** The release that begins now. */
export function resolveRelease(spec: AppSpec, generation: number, startedAt: number): Release {
  const script = realPath(spec.script);
  return { generation, spec, script, cwd: realPath(spec.cwd), mark: codeMark(script), startedAt };
}

/** The description by which its workers are started. */
export function launchSpec({ spec, script, cwd }: Release): AppSpec {
  return { ...spec, script, cwd };
}

/** Why its code cannot be started again; null when it can. */
export function whyGone({ generation, script, mark }: Release): string | null {
  const now = codeMark(script);
  if (now === '') return `the code of generation ${generation} is gone from disk (${script})`;
  return now === mark ? null : `the code of generation ${generation} was written over in place (${script})`;
}

/** What is told of it to everybody. */
export function infoOf({ generation, script, startedAt }: Release): ReleaseInfo {
  return { generation, script, startedAt };
}

/** Something that is not there stays as it was said: starting it will tell. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

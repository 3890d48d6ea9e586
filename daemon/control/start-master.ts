// A new master for an app, in a process of its own.
import { launchDetached } from '../os/launch.ts';
import { PROTOCOL } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { Bootstrap } from '../protocol/master-contract.ts';
import type { AppRecord } from '../store/registry-file.ts';

interface Surroundings {
  readonly masterScript: string;
  readonly log: string;
  readonly home: string;
  socketOf(app: string): string;
}

/** Starts it. `failed` rejects with MASTER_FAILED when it ends before it serves, and never resolves. */
export async function startMaster(
  { id, spec }: AppRecord,
  { masterScript, log, home, socketOf }: Surroundings,
): Promise<{ failed: Promise<never> }> {
  const bootstrap: Bootstrap = { protocol: PROTOCOL, id, spec, socket: socketOf(spec.name) };
  const { failed } = await launchDetached({
    script: masterScript,
    args: [spec.name],
    // The apps' environment is in their description; the master's own must not leak into them.
    env: { ZDM_HOME: home },
    cwd: home,
    log,
    input: JSON.stringify(bootstrap),
  });
  return {
    failed: failed.then((error) => {
      throw new ZdmError('MASTER_FAILED', `The master of ${spec.name} did not start: ${error.message}`, error.hint);
    }),
  };
}

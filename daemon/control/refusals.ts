// What cannot be done to an app in the state that it is in, and what can be done instead.
import { ZdmError } from '../protocol/errors.ts';
import type { AppSpec, AppStatus, ExecMode, OperationKind } from '../protocol/model.ts';
import type { AppHandle } from './app-handle.ts';

/**
 * Throws NAME_TAKEN when this cannot be started: `app` has its name, and is not to be replaced. Throws BAD_REQUEST when it cannot
 * be replaced.
 */
export function refuseStart({ name, execMode }: AppSpec, app: AppHandle | undefined, replace: boolean): void {
  if (app?.record.deleted)
    throw new ZdmError('NAME_TAKEN', `The app "${name}" is being deleted.`, 'Start it again when it is gone: zdm list');
  if (!app || !isRunning(app)) return;
  if (replace) return refuseModeChange(app.status, execMode);
  throw new ZdmError(
    'NAME_TAKEN',
    `An app named "${name}" is running already (id ${app.id}).`,
    `New code: zdm reload ${name}. Another app: choose another --name. New settings: zdm delete ${name} first.`,
  );
}

/** Throws BAD_REQUEST where a master would keep the ports that the app is to open itself. */
export function refuseModeChange({ name, listeners, spec }: AppStatus, execMode: ExecMode): void {
  if (spec.execMode !== 'cluster' || execMode !== 'fork' || listeners.length === 0) return;
  throw new ZdmError(
    'BAD_REQUEST',
    `${name} runs in cluster mode: zdm has what it listens on (${listeners.join(', ')}) until it ends, so in fork mode it could not listen there.`,
    `With a gap: zdm stop ${name}, then start it again.`,
  );
}

/** Throws BAD_REQUEST when this cannot be done to the app as it is now. `slot` is that of a `replace`. */
export function refuseOperation(
  kind: OperationKind,
  app: AppStatus,
  { slot }: { readonly slot?: number | undefined },
): void {
  switch (kind) {
    case 'rollback':
      return refuseRollback(app);
    case 'rehearse':
      return refuseRehearsal(app);
    case 'replace':
      return refuseSlot(app, slot);
    case 'handover':
      return refuseHandover(app);
    case 'start':
    case 'reload':
    case 'restart':
    case 'scale':
    case 'stop':
    case 'delete':
  }
}

// There has to be a worker to replace: only one of an app that runs can be.
function refuseSlot({ name, up, wanted }: AppStatus, slot: number | undefined): void {
  if (slot === undefined) throw new ZdmError('BAD_REQUEST', '"replace" needs a slot.');
  if (up === 0) throw new ZdmError('BAD_REQUEST', `${name} does not serve.`, `Start it: zdm start ${name}`);
  const slots = wanted === 1 ? 'its only slot is 0' : `its slots are 0 to ${wanted - 1}`;
  if (slot >= wanted) throw new ZdmError('BAD_REQUEST', `${name} has no slot ${slot}: ${slots}.`);
}

// To go back it has to run, and there has to be a release to go back to.
function refuseRollback({ name, state, masterPid, previous }: AppStatus): void {
  if (state === 'stopped' || state === 'stopping')
    throw new ZdmError('BAD_REQUEST', `${name} is ${state}: it has to run to go back.`, `Start it: zdm start ${name}`);
  if (masterPid === null) throw new ZdmError('BAD_REQUEST', `${name} is ${state}.`, `See: zdm describe ${name}`);
  if (previous !== null) return;
  throw new ZdmError(
    'BAD_REQUEST',
    `${name} has no release to go back to: no reload has put new code in the place of other code since it was started.`,
    `See: zdm describe ${name}`,
  );
}

// One worker more has to be able to run beside those that serve.
function refuseRehearsal({ name, up, spec }: AppStatus): void {
  if (spec.execMode === 'fork')
    throw new ZdmError(
      'BAD_REQUEST',
      `${name} owns its ports (fork mode): two of it cannot run together, so there is no dry run.`,
      `Without one: zdm reload ${name}`,
    );
  if (up === 0)
    throw new ZdmError(
      'BAD_REQUEST',
      `${name} does not serve: there is nothing that a start could harm.`,
      `Start it: zdm start ${name}`,
    );
}

// Only a master of 0.1.0 does so, and with what serves.
function refuseHandover({ name, up, spec }: AppStatus): void {
  const anew = `With a gap: zdm stop ${name}, then zdm start ${name}`;
  if (spec.execMode === 'fork') throw new ZdmError('BAD_REQUEST', `${name} owns its port (fork mode).`, anew);
  if (up === 0) throw new ZdmError('BAD_REQUEST', `${name} does not serve.`, anew);
}

/** Has workers, or will have them without another word. A stop that was just accepted is not in the status yet. */
export function isRunning({ record, status: { state } }: AppHandle): boolean {
  return record.up && state !== 'stopped' && state !== 'errored' && state !== 'stopping';
}

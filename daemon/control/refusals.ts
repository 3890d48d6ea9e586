// What cannot be done to an app in the state that it is in, and what can be done instead.
import { ZdmError } from '../protocol/errors.ts';
import type { HeirProgram } from '../protocol/master-contract.ts';
import type { AppStatus } from '../protocol/model.ts';
import type { AppHandle } from './app-handle.ts';

/** Throws NAME_TAKEN when `name` cannot be started: `app` has it, and it is not to be replaced. */
export function refuseTaken(name: string, app: AppHandle | undefined, replace: boolean): void {
  if (app?.record.deleted)
    throw new ZdmError('NAME_TAKEN', `The app "${name}" is being deleted.`, 'Start it again when it is gone: zdm list');
  if (!app || replace || !isRunning(app)) return;
  throw new ZdmError(
    'NAME_TAKEN',
    `An app named "${name}" is running already (id ${app.id}).`,
    `New code: zdm reload ${name}. Another app: choose another --name. New settings: zdm delete ${name} first.`,
  );
}

/** Throws BAD_REQUEST when there is no worker to replace: only one of an app that runs can be. */
export function refuseSlot({ name, up, wanted }: AppStatus, slot: number | undefined): void {
  if (slot === undefined) throw new ZdmError('BAD_REQUEST', '"replace" needs a slot.');
  if (up === 0) throw new ZdmError('BAD_REQUEST', `${name} does not serve.`, `Start it: zdm start ${name}`);
  const slots = wanted === 1 ? 'its only slot is 0' : `its slots are 0 to ${wanted - 1}`;
  if (slot >= wanted) throw new ZdmError('BAD_REQUEST', `${name} has no slot ${slot}: ${slots}.`);
}

/** Throws BAD_REQUEST when the app's master cannot hand over: there is nothing to pass on, or no way to. */
export function refuseHandover({ name, up, spec }: AppStatus, program: HeirProgram | null): void {
  if (program === null) throw new ZdmError('BAD_REQUEST', 'Without a daemon no master can be replaced.');
  const anew = `With a gap: zdm stop ${name}, then zdm start ${name}`;
  if (spec.execMode === 'fork') throw new ZdmError('BAD_REQUEST', `${name} owns its port (fork mode).`, anew);
  if (up === 0) throw new ZdmError('BAD_REQUEST', `${name} does not serve.`, anew);
}

/** Has workers, or will have them without another word. A stop that was just accepted is not in the status yet. */
export function isRunning({ record, status: { state } }: AppHandle): boolean {
  return record.up && state !== 'stopped' && state !== 'errored' && state !== 'stopping';
}

// What is said when an operation goes on without the command that asked for it.
import type { OperationRef } from '../../daemon/protocol/contract.ts';
import type { OperationKind } from '../../daemon/protocol/model.ts';
import { kindText } from '../../ui/paint/operation.ts';

/** What can be ended in its middle: there is old code to go back to. */
const ABORTABLE: ReadonlySet<string> = new Set<OperationKind>([
  'reload',
  'rollback',
  'rehearse',
  'restart',
  'replace',
  'handover',
  'scale',
]);

/** For a caller that does not wait: it was accepted, and how to go on. */
export function begunLine({ name, kind }: OperationRef): string {
  const end = ABORTABLE.has(kind) ? `; end it: zdm abort ${name}` : '';
  return `${name}: ${kindText(kind)} begun. Follow it: zdm dash ${name}, or zdm describe ${name}${end}`;
}

/** For one that was interrupted while these had not ended. */
export function goesOnLine(refs: readonly OperationRef[]): string {
  const [first] = refs;
  if (first === undefined) return 'Nothing was stopped by this.';
  const names = refs.filter(({ kind }) => ABORTABLE.has(kind)).map(({ name }) => name);
  const abort = names.length === 0 ? '' : `; or abort it: zdm abort ${names.join(' ')}`;
  if (refs.length === 1) {
    const { name, kind } = first;
    return `The ${kindText(kind)} of ${name} goes on without this command. Follow it: zdm dash ${name}, or zdm describe ${name}${abort}`;
  }
  const all = refs.map(({ name, kind }) => `${kindText(kind)} of ${name}`).join(', ');
  return `All of this goes on without this command: ${all}. Follow it: zdm dash${abort}`;
}

/** Why an operation was not even begun: the app is already as wanted. */
export function nothingToDo(kind: OperationKind): string {
  switch (kind) {
    case 'stop':
      return 'is stopped already';
    case 'delete':
      return 'deleted';
    case 'scale':
      return 'is stopped; the number holds from its next start';
    case 'start':
    case 'reload':
    case 'rollback':
    case 'rehearse':
    case 'restart':
    case 'replace':
    case 'handover':
      return 'runs already';
  }
}

// What abort, pause, resume and finish did, or why there was nothing to do, in words.
import type { ControlAction } from '../../daemon/protocol/contract.ts';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { runningOperation } from '../../ui/paint/operation.ts';
import { servingText } from '../../ui/paint/progress.ts';

/** What was done to the operation, where its app is then, and how to go on. */
export function steeredLines(action: ControlAction, app: AppStatus, operation: OperationStatus): string[] {
  const { name } = app;
  const { kind } = operation;
  switch (action) {
    case 'abort':
      return [`${name}: ${kind} aborted${left(operation)}`, `  ${servingText(app)}`];
    case 'pause':
      return [`${name}: ${kind} paused${reached(operation)}. Go on: zdm resume ${name}`];
    case 'resume':
      return [`${name}: ${kind} goes on${reached(operation)}`];
    case 'finish':
      return [`${name}: old workers are told to stop; what they still had is cut. See: zdm describe ${name}`];
  }
}

/** Why there was nothing to do. */
export function idleLine(action: ControlAction, app: AppStatus): string {
  const { name } = app;
  if (action === 'finish') return `${name}: nothing to finish: no old worker drains`;
  const operation = runningOperation(app);
  if (!operation || operation.slots.length === 0) return `${name}: nothing to ${action}: no rollout runs`;
  return `${name}: nothing to ${action}: ${idleReason(action, name, operation)}`;
}

function idleReason(action: 'abort' | 'pause' | 'resume', name: string, operation: OperationStatus): string {
  const { kind, paused, slots } = operation;
  switch (action) {
    case 'abort':
      if (operation.returning !== null) return `the ${kind} goes back already`;
      return replaced(operation) === slots.length
        ? `the ${kind} has every slot done`
        : `nothing served before this ${kind}. End it: zdm stop ${name}`;
    case 'pause':
      return paused ? `the ${kind} is paused. Go on: zdm resume ${name}` : `the ${kind} has begun every slot`;
    case 'resume':
      return `the ${kind} is not paused`;
  }
}

// The slots of a scaling are those that come or go; of new code nothing is to be said.
function reached(operation: OperationStatus): string {
  const { kind, slots } = operation;
  return kind === 'scale' ? '' : `, ${replaced(operation)} of ${slots.length} slots run the new code`;
}

// Mostly none: where the old code is gone, a slot keeps the new one.
function left(operation: OperationStatus): string {
  return replaced(operation) === 0 ? '' : reached(operation);
}

function replaced({ slots }: OperationStatus): number {
  return slots.filter(({ readyAfter }) => readyAfter !== null).length;
}

// What a program is told of operations: one JSON object a line. docs/rollout-events.md says what each of them holds.
import type { OperationRef } from '../../daemon/protocol/contract.ts';
import type { AppStatus, Failure, OperationStatus } from '../../daemon/protocol/model.ts';
import { isDropped, kindText, tookOf } from '../../ui/paint/operation.ts';
import { nothingToDo } from './afterwards.ts';
import type { Outlet, Teller } from './teller.ts';

/** One line. Names that `zdm events --json` has, too, mean the same. */
export interface RolloutEvent {
  readonly type:
    | 'accepted'
    | 'queued'
    | 'begun'
    | 'step'
    | 'canary'
    | 'paused'
    | 'resumed'
    | 'returning'
    | 'done'
    | 'failed';
  readonly at: number;
  readonly app: string;
  /** Null when there was nothing to do. */
  readonly op: string | null;
  readonly [detail: string]: unknown;
}

/** What happened between two looks at an operation but its end. */
export function rolloutEvents(
  app: string,
  previous: OperationStatus | undefined,
  operation: OperationStatus,
  now: number,
): RolloutEvent[] {
  const { op, kind, by, strategy, phase, askedAt, startedAt, from, to, slots, steps, returning, canary } = operation;
  const events: RolloutEvent[] = [];
  const tell = (type: RolloutEvent['type'], at: number, details: object = {}): void =>
    void events.push({ type, at, app, op, ...details });
  if (phase === 'queued' && previous === undefined) tell('queued', askedAt, { kind, by });
  // What ended before its turn came has no beginning of its own.
  const isBegun = startedAt !== null && !isDropped(operation);
  if (isBegun && (previous?.startedAt ?? null) === null)
    tell('begun', startedAt, { kind, by, strategy, from, to, slots: slots.length });
  for (const { at, slot, text } of steps.slice(previous?.steps.length ?? 0)) tell('step', at, { slot, text });
  const isPaused = operation.paused && phase === 'running';
  if (isPaused !== (previous?.paused ?? false) && phase === 'running') tell(isPaused ? 'paused' : 'resumed', now);
  if (returning !== null && (previous?.returning ?? null) === null)
    tell('returning', now, { to: from, reason: returning });
  if (canary !== null && JSON.stringify(canary) !== JSON.stringify(previous?.canary)) tell('canary', now, canary);
  return events;
}

// How it ended.
function endEvent(app: string, operation: OperationStatus): RolloutEvent {
  const { op, kind, by, from, to, phase, endedAt, askedAt, receipt, failure, note } = operation;
  const type = phase === 'failed' ? 'failed' : 'done';
  const took = tookOf(operation);
  return { type, at: endedAt ?? askedAt, app, op, kind, by, from, to, took, receipt, failure, note };
}

/** Nothing but these objects is printed. */
export function tellPrograms({ print }: Pick<Outlet, 'print'>, now: () => number = Date.now): Teller {
  const put = (...events: readonly RolloutEvent[]): void => print(events.map((event) => JSON.stringify(event)));
  const end = (ref: OperationRef, failure: Failure | null, note: string | null): void => {
    const { name, op, kind } = ref;
    const type = failure === null ? 'done' : 'failed';
    put({ type, at: now(), app: name, op, kind, receipt: null, failure, note });
  };
  return {
    accepted: ({ name, op, kind }) => put({ type: 'accepted', at: now(), app: name, op, kind }),
    idle: (ref) => end(ref, null, nothingToDo(ref.kind)),
    changed: ({ name }: AppStatus, previous, operation) => put(...rolloutEvents(name, previous, operation, now())),
    ended: ({ name }, operation) => put(endEvent(name, operation)),
    gone: (ref) => end(ref, null, null),
    lost: (ref) =>
      end(ref, { slot: null, reason: `nobody knows how the ${kindText(ref.kind)} ended`, lines: [] }, null),
  };
}

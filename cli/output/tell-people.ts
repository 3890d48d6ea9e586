// What a person who waits is told of operations: steps, the figures of a canary now and then, the receipt or the failure.
import type { AppStatus, CanaryStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { canaryText, verdictText } from '../../ui/paint/canary.ts';
import { kindText, runningOperation } from '../../ui/paint/operation.ts';
import { newsLine, progressLines, resultLines } from '../../ui/paint/progress.ts';
import { withoutDot } from '../../ui/paint/problem.ts';
import { begunLine, nothingToDo } from './afterwards.ts';
import type { Outlet, Teller } from './teller.ts';

/** A canary's figures change every second; a person is told of them this often (ms). */
const CANARY_EVERY = 10_000;

/** What was told of a canary last. */
export interface CanaryTold {
  readonly at: number;
  readonly verdict: CanaryStatus['verdict'];
}

/** What is to be said of a canary now: its figures, or its verdict when that is new; null for nothing. */
export function canaryNews(
  told: CanaryTold | undefined,
  canary: CanaryStatus,
  now: number,
  wanted: number,
): string | null {
  const { until, verdict } = canary;
  if (verdict !== null) return told?.verdict === verdict ? null : `canary ${verdictText(canary)}`;
  const isDue = until !== null && (told === undefined || now - told.at >= CANARY_EVERY);
  return isDue ? `canary: ${canaryText(canary, now, wanted)}` : null;
}

/** `steps`: the steps are told, too. `several`: each line says whose it is. */
export function tellPeople(
  { theme, print, warn }: Outlet,
  { steps, several }: { readonly steps: boolean; readonly several: boolean },
  now: () => number = Date.now,
): Teller {
  const canaries = new Map<string, CanaryTold>();
  const news = (app: AppStatus, operation: OperationStatus): string[] => {
    const at = now();
    const { op, canary } = operation;
    const text = canary === null ? null : canaryNews(canaries.get(op), canary, at, app.wanted);
    if (canary === null || text === null) return [];
    canaries.set(op, { at, verdict: canary.verdict });
    return [newsLine(text, operation, at, theme)];
  };
  /** Told before the steps that follow from it, which come with it. */
  const turning = (previous: OperationStatus | undefined, operation: OperationStatus): string[] => {
    const { returning, from, steps: all } = operation;
    if (returning === null || (previous?.returning ?? null) !== null) return [];
    const at = Math.min(now(), ...all.slice(previous?.steps.length ?? 0).map((step) => step.at));
    return [newsLine(`going back to generation ${from}: ${withoutDot(returning)}`, operation, at, theme)];
  };
  return {
    accepted: (ref) => print([begunLine(ref)]),
    idle: ({ name, kind }) => print([`${name}: ${nothingToDo(kind)}`]),
    changed(app, previous, operation) {
      if (steps && operation.phase === 'queued' && !previous)
        print([`${app.name}: waiting for the ${runningNoun(app)} that runs`]);
      const told = steps ? progressLines(previous, operation, theme) : [];
      const isNamed = several || !steps;
      const lines = [...turning(previous, operation), ...told, ...news(app, operation)];
      print(lines.map((line) => (isNamed ? `${app.name}  ${line}` : line)));
    },
    ended(app, operation) {
      const lines = resultLines(app.name, operation, theme, app);
      if (operation.phase === 'failed') warn(lines);
      else print(lines);
    },
    gone: ({ name, kind }) => print([`${name}: ${kind === 'delete' ? 'deleted' : 'stopped'}`]),
    lost: ({ name, kind }) => warn([`${name}: nobody knows how the ${kindText(kind)} ended.`, 'See: zdm list']),
  };
}

function runningNoun(app: AppStatus): string {
  const running = runningOperation(app);
  return running === null ? 'operation' : kindText(running.kind);
}

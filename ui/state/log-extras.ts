// What stands between the lines: marks of the user, what rollouts did, and where lines are missing.
import { formatTook } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { changeText, tookOf } from '../paint/operation.ts';
import type { Tone } from '../paint/theme.ts';
import { firstWhere, type LogsState } from './log-model.ts';

/** Stands before the line of the number `before`. */
export type Extra = { readonly before: number } & (
  | { readonly kind: 'mark'; readonly at: number }
  | { readonly kind: 'rollout'; readonly at: number; readonly text: string; readonly tone: Tone }
  | { readonly kind: 'gap'; readonly count: number }
);

type Moment = { readonly at: number; readonly text: string; readonly tone: Tone };

/** In their order. Of rollouts only what happened since the first line whose time is known. */
export function extrasOf(logs: LogsState, apps: readonly AppStatus[]): readonly Extra[] {
  const extras: Extra[] = logs.marks.map(({ at, before }) => ({ kind: 'mark', at, before }));
  const since = logs.lines.find(({ at }) => at !== null)?.at ?? Infinity;
  const several = logs.apps.length !== 1;
  for (const app of apps.filter(({ name }) => isFollowed(logs, name))) {
    for (const moment of app.operations.flatMap((operation) => momentsOf(app, operation, several, since)))
      extras.push({ kind: 'rollout', ...moment, before: numberAfter(logs, moment.at) });
  }
  for (const [before, count] of logs.gaps) extras.push({ kind: 'gap', before, count });
  return extras.toSorted((a, b) => a.before - b.before || timeOf(a) - timeOf(b));
}

/** Whether the output of this app is among what is followed. */
export function isFollowed({ apps }: LogsState, name: string): boolean {
  return apps.length === 0 || apps.includes(name);
}

function momentsOf(app: AppStatus, operation: OperationStatus, several: boolean, since: number): readonly Moment[] {
  const { kind, startedAt, endedAt, steps, phase } = operation;
  if (startedAt === null || (endedAt ?? Infinity) < since) return [];
  const what = `${kind}${several ? ` ${app.name}` : ''}${changeText(operation)}`;
  const moments: Moment[] = [{ at: startedAt, text: `${what} begins`, tone: 'busy' }];
  for (const { at, slot, text } of steps) {
    if (slot !== null && text.startsWith('ready')) moments.push({ at, text: `${what}, slot ${slot}`, tone: 'busy' });
  }
  const took = formatTook(tookOf(operation));
  if (endedAt !== null && phase === 'failed')
    moments.push({ at: endedAt, text: `${what} failed after ${took}`, tone: 'bad' });
  else if (endedAt !== null) moments.push({ at: endedAt, text: `${what} done in ${took}`, tone: 'good' });
  return moments.filter(({ at }) => at >= since);
}

/** The number of the first line that is later. Lines of the file are older than any with a time. */
function numberAfter({ lines, first }: LogsState, at: number): number {
  return first + firstWhere(lines.length, (place) => (lines[place]?.at ?? -1) > at);
}

/** What is missing stands next to the line that it is missing before. */
function timeOf(extra: Extra): number {
  return extra.kind === 'gap' ? Infinity : extra.at;
}

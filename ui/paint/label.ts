// A state is a glyph, a word and a tone, everywhere the same.
import { formatAge } from '../../daemon/protocol/format.ts';
import type {
  AppState,
  AppStatus,
  OperationStatus,
  SlotPhase,
  SlotProgress,
  WorkerStage,
  WorkerStatus,
} from '../../daemon/protocol/model.ts';
import { type Span, span } from './line.ts';
import { backSlots, isUndecided, kindText, runningOperation } from './operation.ts';
import type { Tone } from './theme.ts';

/**
 * A rollout over what serves hides the state: `⟳ reload 2/4` says more. How far a start is, the workers tell. With `now` a
 * backoff and a canary count down. In fewer than `cells` the shortest words for it.
 */
export function appLabel(app: AppStatus, now = Infinity, cells = Infinity): Span {
  const operation = runningOperation(app);
  switch (operation?.kind) {
    case undefined: {
      const left = app.state === 'backoff' ? untilRetry(app, now) : null;
      return label(APP_STATES[app.state], left === null ? app.state : `${app.state} ${left}`);
    }
    case 'start':
      return label(APP_STATES.starting, 'starting');
    case 'stop':
      return label(APP_STATES.stopping, 'stopping');
    case 'delete':
      return label(APP_STATES.stopping, 'deleting');
    case 'reload':
    case 'rollback':
    case 'rehearse':
    case 'restart':
    case 'replace':
    case 'handover':
    case 'scale': {
      return rolloutLabel(app, operation, now, cells);
    }
  }
}

function rolloutLabel(app: AppStatus, operation: OperationStatus, now: number, cells: number): Span {
  const { slots, paused, returning, canary, kind } = operation;
  const count = (done: number): string => (slots.length === 0 ? '' : ` ${done}/${slots.length}`);
  if (returning !== null) {
    const back = count(backSlots(app, operation));
    const whole = `⟳ going back${back}`;
    return span(whole.length <= cells ? whole : `⟳ back${back}`, 'warn');
  }
  if (isUndecided(operation)) return span('▲ inconclusive', 'warn');
  if (canary !== null && canary.until !== null && canary.verdict === null && !paused) {
    const left = canary.until - now;
    return span(`⟳ canary${left > 0 ? ` ${formatAge(left + 999)}` : ''}`, 'busy');
  }
  return span(`⟳ ${paused ? 'paused' : kindText(kind)}${count(replacedSlots(slots))}`, 'busy');
}

/** With the time that is left, where the stage ends by itself. */
export function workerLabel(worker: WorkerStatus, now: number): Span {
  const counts = worker.deadline !== null && worker.stage !== 'online';
  const left = counts ? ` ${formatAge((worker.deadline ?? 0) - now)}` : '';
  return label(WORKER_STAGES[worker.stage], `${worker.stage}${left}`);
}

export function slotLabel(phase: SlotPhase): Span {
  return label(SLOT_PHASES[phase], phase);
}

/** Slots that run the new code; one that still drains the old worker does. */
export function replacedSlots(slots: readonly SlotProgress[]): number {
  return slots.filter(({ phase }) => phase === 'done' || phase === 'draining').length;
}

const APP_STATES: Record<AppState, readonly [glyph: string, tone: Tone]> = {
  online: ['●', 'good'],
  starting: ['◐', 'busy'],
  stopping: ['◑', 'leaving'],
  backoff: ['▲', 'warn'],
  errored: ['✖', 'bad'],
  stopped: ['○', 'muted'],
  unreachable: ['?', 'bad'],
};

const WORKER_STAGES: Record<WorkerStage, readonly [glyph: string, tone: Tone]> = {
  online: ['●', 'good'],
  starting: ['◐', 'busy'],
  standby: ['◌', 'muted'],
  draining: ['◑', 'leaving'],
  stopping: ['◑', 'leaving'],
};

const SLOT_PHASES: Record<SlotPhase, readonly [glyph: string, tone: Tone]> = {
  waiting: ['·', 'muted'],
  starting: ['◐', 'busy'],
  standby: ['◌', 'muted'],
  proving: ['◐', 'busy'],
  draining: ['◑', 'leaving'],
  done: ['✓', 'good'],
  failed: ['✖', 'bad'],
};

function label([glyph, tone]: readonly [string, Tone], word: string): Span {
  return span(`${glyph} ${word}`, tone);
}

/** `8s`, until a worker that died is tried again; null when none waits, or it is about to begin. */
function untilRetry({ retryAt }: AppStatus, now: number): string | null {
  return retryAt === null || retryAt <= now ? null : formatAge(retryAt - now + 999);
}

// The words of a rollout in its middle: how far each slot is, and what new code has to show.
import type { Cohort, Verdict } from '../protocol/model.ts';

/** How far a slot is in an operation. `proving`: its new worker serves, and has to for a while before the slot is done. */
export interface SlotWork {
  readonly slot: number;
  /** What its workers ran when the operation began. */
  readonly from: number;
  phase: 'waiting' | 'starting' | 'proving' | 'done';
  /** When it has proved itself; null where something else decides. */
  until: number | null;
}

/** The part of the slots on which new code is tried. */
export interface Canary {
  readonly slots: number;
  /** Of new connections. */
  readonly percent: number;
  /** When the verdict is due; null while its workers start. */
  until: number | null;
  old: Cohort;
  fresh: Cohort;
  verdict: Verdict | null;
  reason: string | null;
}

/** New code that has taken over not long ago: when it crashes again and again, `from` comes back. */
export interface Trial {
  readonly from: number;
  readonly to: number;
  /** Null while the operation runs that brought it. */
  until: number | null;
  /** Workers of `from` are kept meanwhile. */
  warm: boolean;
  /** Deaths of new workers, by slot. */
  deaths: number[];
}

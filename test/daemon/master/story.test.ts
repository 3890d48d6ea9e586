// What is told of workers that wait, take over and are taken back, as the status shows it. Workers are what the story reads of them.
import { describe, expect, test } from 'vitest';
import { HandOut } from '../../../daemon/master/hand-out.ts';
import { Story } from '../../../daemon/master/story.ts';
import type { WorkerHandle } from '../../../daemon/master/workers/worker-handle.ts';
import type { OperationStatus, SlotProgress } from '../../../daemon/protocol/model.ts';
import { NO_LOAD } from '../../../daemon/protocol/worker-link.ts';
import type { Operation } from '../../../daemon/rollout/types.ts';

function worker(slot: number, generation: number, admitted = true): WorkerHandle {
  const pid = generation * 10 + slot;
  const double = { id: pid, slot, generation, pid, admitted, open: 0, waited: null, departure: undefined };
  return { ...double, tail: { lines: [] }, load: NO_LOAD } as unknown as WorkerHandle;
}

/** Two slots of generation 1, to be replaced by generation 2. */
function rollout(): { story: Story; old: WorkerHandle[]; fresh: WorkerHandle[]; shown(): OperationStatus } {
  const old = [worker(0, 1), worker(1, 1)];
  const fresh = [worker(0, 2, false), worker(1, 2, false)];
  const handles = new Map([...old, ...fresh].map((one) => [one.id, one]));
  const story = new Story(new HandOut(() => []), handles);
  story.operations.queued({ op: 'a', kind: 'reload', by: null }, 100);
  const slots = [0, 1].map((slot) => ({ slot, from: 1, phase: 'waiting', until: null }));
  story.began({ request: { op: 'a' }, from: 1, to: 2, slots } as unknown as Operation, 200);
  for (const one of fresh) story.forked(one, 300);
  return { story, old, fresh, shown: () => story.operations.list[0]! };
}

const last = ({ steps }: OperationStatus): string => steps.at(-1)!.text;
const slot = ({ slots }: OperationStatus, index: number): Partial<SlotProgress> => {
  const { phase, newPid, readyAfter } = slots[index]!;
  return { phase, newPid, readyAfter };
};

describe('a new worker', () => {
  test('that takes over at once tells how long it took', () => {
    const { story, fresh, shown } = rollout();
    story.admitted(fresh[0]!, 150, 450);
    expect(last(shown())).toBe('ready after 150ms, pid 20');
    expect(slot(shown(), 0)).toEqual({ phase: 'draining', newPid: 20, readyAfter: 150 });
  });

  test('that has to wait was ready before, and not when it takes over', () => {
    const { story, fresh, shown } = rollout();
    story.waits(fresh[0]!, 150, 450);
    expect(last(shown())).toBe('ready after 150ms, pid 20, waits');
    expect(slot(shown(), 0)).toEqual({ phase: 'standby', newPid: 20, readyAfter: 150 });
    story.admitted(fresh[0]!, 5_000, 5_300);
    expect(last(shown())).toBe('takes over, pid 20');
    expect(slot(shown(), 0)).toEqual({ phase: 'draining', newPid: 20, readyAfter: 150 });
    expect(slot(shown(), 1)).toEqual({ phase: 'starting', newPid: 21, readyAfter: null });
  });
});

describe('an old worker that is taken back', () => {
  test('serves its slot again, and what it had parted with stays', () => {
    const { story, old, fresh, shown } = rollout();
    story.admitted(fresh[0]!, 150, 450);
    old[0]!.open = 3;
    story.dismissed(old[0]!, 450);
    const { departure } = old[0]!;
    departure!.gave();
    story.readmitted(old[0]!, 700);
    expect(last(shown())).toBe('old worker taken back, pid 10');
    expect(slot(shown(), 0)).toEqual({ phase: 'waiting', newPid: 20, readyAfter: null });
    // What it answers from now on belongs to no departure.
    expect(old[0]!.departure).toBeUndefined();
    departure!.progressed({ ...NO_LOAD, draining: true, had: 9, open: 9 });
    expect(departure!.parted).toMatchObject({ moved: 1, open: 0 });
  });

  test('counts as not replaced', () => {
    const { story, old, fresh, shown } = rollout();
    for (const index of [0, 1]) story.admitted(fresh[index]!, 150, 450);
    story.dismissed(old[0]!, 450);
    story.readmitted(old[0]!, 700);
    const refusal = { slot: 1, worker: null, reason: 'it exited' };
    story.ended({ type: 'end', op: 'a', refusal, note: null }, null, 900);
    expect(shown().receipt).toMatchObject({ replaced: 1, slots: 2 });
    expect(shown().slots.map(({ phase }) => phase)).toEqual(['waiting', 'failed']);
  });

  test('may be dismissed again', () => {
    const { story, old, shown } = rollout();
    story.dismissed(old[0]!, 450);
    story.readmitted(old[0]!, 700);
    old[0]!.open = 2;
    story.dismissed(old[0]!, 800);
    expect(last(shown())).toBe('old worker dismissed, pid 10, 2 open');
    expect(old[0]!.departure).toMatchObject({ op: 'a', at: 800 });
  });
});

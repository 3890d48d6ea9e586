// The release of each generation: a crashed worker comes back as what it was, a failed rollout leaves what serves, and a rollback
// finds what served before.
import { isDeepStrictEqual } from 'node:util';
import type { AppSpec } from '../protocol/model.ts';
import { policyOf } from '../rollout/policy.ts';
import type { Machine } from '../rollout/types.ts';
import type { SavedApp } from './adoption/journal.ts';
import type { ReleaseFile } from './release-file.ts';
import type { Kept, Release } from '../protocol/master-contract.ts';
import { resolveRelease } from './release.ts';

/** What the machine has to know of releases that it did not begin itself. */
type Known = Partial<Pick<Machine, 'generation' | 'lastGeneration' | 'previous'>>;

export class Releases {
  /** Descriptions that came with operations which have not begun yet. */
  private readonly asked = new Map<string, AppSpec>();
  private readonly all = new Map<number, Release>();
  private latest: AppSpec;

  private readonly file: ReleaseFile | undefined;

  /** `file` is where they are noted; nowhere when it is left out. */
  constructor(first: AppSpec, file?: ReleaseFile) {
    this.latest = first;
    this.file = file;
  }

  ask(op: string, spec: AppSpec): void {
    this.asked.set(op, spec);
  }

  /** The description that came with the last of these, if one did: what takes their place has it, too. */
  askedWith(ops: readonly string[]): AppSpec | null {
    return ops.map((op) => this.asked.get(op)).findLast((spec) => spec !== undefined) ?? null;
  }

  /**
   * The operation begins: from now on `generation` means its description, or the latest one when it brought none, and the code
   * that is there at this moment. One that is known is what it was.
   */
  begin(op: string, generation: number): AppSpec {
    this.latest = this.asked.get(op) ?? this.latest;
    this.asked.delete(op);
    const known = this.all.get(generation);
    if (!known) this.put(resolveRelease(this.latest, generation, Date.now()));
    else if (known.spec !== this.latest) this.latest = known.spec;
    return this.latest;
  }

  /** A release that another master has begun, or this one before it died. */
  put(release: Release): void {
    this.all.set(release.generation, release);
  }

  of(generation: number): Release {
    return this.all.get(generation) ?? resolveRelease(this.latest, generation, Date.now());
  }

  find(generation: number | null | undefined): Release | null {
    return this.all.get(generation ?? -1) ?? null;
  }

  /** The operation has ended: `generation` is what new workers run, the others in `used` may still be needed. */
  settle(op: string, generation: number, used: ReadonlySet<number>): AppSpec {
    this.asked.delete(op);
    this.latest = this.of(generation).spec;
    for (const one of this.all.keys()) if (one !== generation && !used.has(one)) this.all.delete(one);
    return this.latest;
  }

  /** What runs, and what ran before, for whoever comes after this process. */
  note(generation: number, previous: number | undefined): void {
    const kept = this.kept(generation, previous);
    if (kept) this.file?.write(kept);
  }

  private kept(generation: number, previous: number | undefined): Kept | undefined {
    const current = this.find(generation);
    return current ? { current, previous: this.find(previous) } : undefined;
  }

  /** Of the master whose place this one takes, and whose workers end. */
  inherit({ current, previous }: Kept): Known {
    for (const one of [current, previous]) if (one) this.put(one);
    return previous ? { previous: { generation: previous.generation, policy: policyOf(previous.spec) } } : {};
  }

  /** All that the next master has to know of them. */
  get saved(): Pick<SavedApp, 'releases' | 'asked' | 'latest'> {
    return { releases: [...this.all.values()], asked: [...this.asked], latest: this.latest };
  }

  /** Goes on with it. */
  restore(releases: readonly Release[], asked: SavedApp['asked'], latest: AppSpec): void {
    for (const release of releases) this.put(release);
    for (const [op, spec] of asked) this.asked.set(op, spec);
    this.latest = latest;
  }

  /** After the death of a master: the release that it had goes on, and the one before can still be gone back to. */
  recall(spec: AppSpec): Known {
    // A master that was believed dead, and runs something already.
    if (this.all.size > 0) return {};
    const kept = this.file?.read();
    if (!kept || !isSame(kept.current.spec, spec)) return {};
    const { current, previous } = kept;
    const generation = previous ? 2 : 1;
    this.put({ ...current, generation, spec });
    const known = { generation: generation - 1, lastGeneration: generation - 1 };
    if (!previous) return known;
    this.put({ ...previous, generation: 1 });
    return { ...known, previous: { generation: 1, policy: policyOf(previous.spec) } };
  }
}

/** How many workers there are is not a matter of the release. */
function isSame(one: AppSpec, other: AppSpec): boolean {
  return isDeepStrictEqual({ ...one, instances: 0 }, { ...other, instances: 0 });
}

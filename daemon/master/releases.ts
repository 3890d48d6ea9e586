// The release of each generation: a crashed worker comes back as what it was, a failed rollout leaves what serves, and a rollback
// finds what served before.
import type { AppSpec } from '../protocol/model.ts';
import { resolveRelease, type Release } from './release.ts';

/** What is kept on disk of an app. */
export interface Kept {
  readonly current: Release;
  readonly previous: Release | null;
}

export class Releases {
  /** Descriptions that came with operations which have not begun yet. */
  private readonly asked = new Map<string, AppSpec>();
  private readonly all = new Map<number, Release>();
  private latest: AppSpec;

  constructor(first: AppSpec) {
    this.latest = first;
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
}

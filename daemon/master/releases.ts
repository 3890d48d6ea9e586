// The description that each generation was started with: a crashed worker comes back as what it was, and a failed rollout
// leaves the description of what serves.
import type { AppSpec } from '../protocol/model.ts';

export class Releases {
  /** Descriptions that came with operations which have not begun yet. */
  private readonly asked = new Map<string, AppSpec>();
  private readonly specs = new Map<number, AppSpec>();
  private latest: AppSpec;

  constructor(first: AppSpec) {
    this.latest = first;
  }

  ask(op: string, spec: AppSpec): void {
    this.asked.set(op, spec);
  }

  /** The operation begins: from now on `generation` means its description, or the latest one when it brought none. */
  begin(op: string, generation: number): AppSpec {
    this.latest = this.asked.get(op) ?? this.latest;
    this.asked.delete(op);
    if (!this.specs.has(generation)) this.specs.set(generation, this.latest);
    return this.latest;
  }

  of(generation: number): AppSpec {
    return this.specs.get(generation) ?? this.latest;
  }

  /** The operation has ended: `generation` is what new workers run, the others in `used` may still have some. */
  settle(op: string, generation: number, used: ReadonlySet<number>): AppSpec {
    this.asked.delete(op);
    this.latest = this.of(generation);
    for (const one of this.specs.keys()) if (one !== generation && !used.has(one)) this.specs.delete(one);
    return this.latest;
  }
}

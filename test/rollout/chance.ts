// Chance from a seed, so that a story can be told again.
import { randomFrom } from '../helpers/random.mjs';

export class Chance {
  /** In [0, 1). */
  readonly real: () => number;

  constructor(seed: number) {
    this.real = randomFrom(seed);
  }

  happens(probability: number): boolean {
    return this.real() < probability;
  }

  /** A whole number, both ends included. */
  from(least: number, most: number): number {
    return least + Math.floor(this.real() * (Math.floor(most) - least + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.real() * from.length)]!;
  }
}

import { randomOf } from '../faults/kill-plan.js';

/** A whole number of every window that the rules use. */
export const EPOCH_MS = 1_800_000_000_000;

/** Picks by chance, always the same for one seed. */
export class Dice {
  private readonly random: () => number;
  constructor(seed: number) {
    this.random = randomOf(seed);
  }
  below(n: number): number {
    return Math.floor(this.random() * n);
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  chance(share: number): boolean {
    return this.random() < share;
  }
}

import type { LoadTimes } from '@vigil/contracts';

/** Longer ones count as this: whoever came after a week did not come to this alarm. */
const SECONDS_MAX = 7 * 86_400;

/** Waiting times by whole seconds, in memory that is bounded by how long they can be and not by how many there are. */
export class WaitingTimes {
  private readonly bySecond = new Map<number, number>();
  private count = 0;

  /** Wall times; null where nobody came. A clock that stepped back between them counts as at once. */
  add(fromWallMs: number, toWallMs: number | null): void {
    if (toWallMs === null) return;
    const seconds = Math.min(SECONDS_MAX, Math.max(0, Math.round((toWallMs - fromWallMs) / 1_000)));
    this.bySecond.set(seconds, (this.bySecond.get(seconds) ?? 0) + 1);
    this.count += 1;
  }

  /** By nearest rank. */
  sum(): LoadTimes {
    const sorted = [...this.bySecond].sort(([a], [b]) => a - b);
    const at = (share: number): number | null => {
      let left = Math.max(1, Math.ceil(share * this.count));
      for (const [seconds, count] of sorted) if ((left -= count) <= 0) return seconds;
      return null;
    };
    return { count: this.count, medianS: at(0.5), p90S: at(0.9), maxS: at(1) };
  }
}

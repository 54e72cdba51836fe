/** A sealed segment, or the one that is written to, of which something is not as it was written. */
export interface SegmentDamage {
  readonly number: number;
  /** Names file and position; no content. */
  readonly why: string;
}

/** What readers and the scrubber have found damaged. One entry for each segment, so it has a bound. */
export class DamageList {
  private readonly found = new Map<number, SegmentDamage>();

  constructor(private readonly onFound: (damage: SegmentDamage) => void) {}

  /** Tells of the first finding in a segment only. */
  add(number: number, why: string): void {
    if (this.found.has(number)) return;
    const damage = { number, why };
    this.found.set(number, damage);
    this.onFound(damage);
  }

  /** The segment was read whole and is all right, or it is gone. */
  clear(number: number): void {
    this.found.delete(number);
  }

  all(): readonly SegmentDamage[] {
    return [...this.found.values()];
  }
}

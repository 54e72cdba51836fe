/**
 * When a subscription may be made anew: at once, then ever more rarely, so that trouble which a new subscription does
 * not mend costs the hub and the other partitions little.
 */
export class Restarts {
  private count = 0;
  private lastMs = Number.NEGATIVE_INFINITY;

  /**
   * @param waitsMs wait before the first restart, the second, …; the last one holds for all that follow
   * @param quietMs after so long without a restart the waits begin anew
   */
  constructor(
    private readonly waitsMs: readonly number[],
    private readonly quietMs = 600_000,
  ) {}

  /** True at most as often as the waits allow; true counts as a restart. */
  take(wallMs: number): boolean {
    // A wall clock that is set back must not put the next one off.
    this.lastMs = Math.min(this.lastMs, wallMs);
    if (wallMs - this.lastMs >= this.quietMs) this.count = 0;
    const waitMs = this.waitsMs[Math.min(this.count, this.waitsMs.length - 1)] ?? 0;
    if (wallMs - this.lastMs < waitMs) return false;
    this.count += 1;
    this.lastMs = wallMs;
    return true;
  }
}

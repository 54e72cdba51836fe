/** ISA-18.2: more than so many alarms in the time begin a flood; fewer than so many end it. */
export const FLOOD_MS = 600_000;
export const FLOOD_ABOVE = 10;
export const FLOOD_OVER_BELOW = 5;

/**
 * Floods of one bed or one care unit, told onset by onset in their order. A flood begins at the onset with which more than 10 lie in
 * the 10 minutes up to it, and ends at the first moment at which fewer than 5 do. Keeps only onsets of the last 10 minutes.
 */
export class FloodCount {
  private recent: number[] = [];
  private sinceMs: number | null = null;
  floods = 0;
  ms = 0;

  add(onsetMs: number): void {
    this.endBefore(onsetMs);
    this.recent.push(onsetMs);
    const first = this.recent.findIndex((each) => each > onsetMs - FLOOD_MS);
    if (first > 0) this.recent = this.recent.slice(first);
    if (this.sinceMs === null && this.recent.length > FLOOD_ABOVE) {
      this.sinceMs = onsetMs;
      this.floods += 1;
    }
  }

  /** Nothing more comes before `toMs`: a flood that goes on is counted up to there. */
  end(toMs: number): void {
    this.endBefore(toMs);
    if (this.sinceMs === null) return;
    this.ms += toMs - this.sinceMs;
    this.sinceMs = null;
  }

  private endBefore(atMs: number): void {
    if (this.sinceMs === null) return;
    const overMs = this.recent.at(-FLOOD_OVER_BELOW)! + FLOOD_MS;
    if (overMs > atMs) return;
    this.ms += overMs - this.sinceMs;
    this.sinceMs = null;
  }
}

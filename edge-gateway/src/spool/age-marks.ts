const EVERY_MS = 1_000;
const MARKS_MAX = 10_000;

interface Mark {
  readonly index: number;
  readonly wallMs: number;
}

/** When which record was appended, to about a second: enough to tell the age of the oldest one that waits. */
export class AgeMarks {
  private marks: Mark[] = [];

  /** Indexes and times must not go back. */
  add(index: number, wallMs: number): void {
    const last = this.marks.at(-1);
    if (last !== undefined && wallMs - last.wallMs < EVERY_MS) return;
    this.marks.push({ index, wallMs });
    // A long outage makes the older marks coarser, never the list longer.
    if (this.marks.length > MARKS_MAX) this.marks = this.marks.filter((_, i) => i % 2 === 0);
  }

  /** Append time of a record, at most about a second early; null when nothing is known. Forgets what is older. */
  wallMsOf(index: number): number | null {
    const place = this.marks.findLastIndex((m) => m.index <= index);
    if (place > 0) this.marks.splice(0, place);
    return this.marks[0]?.wallMs ?? null;
  }
}

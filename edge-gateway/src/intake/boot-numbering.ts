/** So many numbers may be missing at once; a larger jump is another numbering, and nothing is made up for it. */
export const JUMP_MAX = 1_000_000;
/** Ranges that are remembered per boot once they are declared. */
export const RANGES_MAX = 128;
/** Ranges at which a numbering is no numbering: it is no longer followed. */
export const RANGES_ABSURD = 1_024;

/** Numbers that have not arrived, both ends inclusive, and what lies around them. */
export interface Missing {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Event times of the messages before and after. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Wall time at which it was seen. */
  readonly sinceWallMs: number;
  /** The gap event that tells it, or null while it may still be on its way. */
  readonly gapId: string | null;
}

/** When a message was made and came. */
export interface Arrival {
  readonly seq: number;
  readonly atMs: number;
  /** Null when the message was refused before that could be read. */
  readonly deviceAtMs: number | null;
  readonly wallMs: number;
}

interface Edge {
  readonly seq: number;
  readonly atMs: number;
  readonly deviceAtMs: number;
}

export interface SavedNumbering {
  readonly bootId: string;
  readonly low: Edge;
  readonly high: Edge;
  readonly missing: readonly Missing[];
}

/**
 * Which numbers of one boot arrived: all between the lowest and the highest, but for the ranges in `missing`.
 *
 * Nothing is said about numbers below the first that was seen: a device may begin anywhere, and may send its newest first.
 * A numbering that jumps too far or begins again is no longer followed; then nothing of this boot is ever declared.
 */
export class BootNumbering {
  private low: Edge | null = null;
  private high: Edge | null = null;
  private ranges: Missing[] = [];
  /** Numbers above `high` may have arrived without being seen here: what follows tells nothing about them. */
  private blind = false;
  /** When something older than the newest came last, wall time: the device is still sending what it kept. */
  private olderWallMs = Number.NEGATIVE_INFINITY;
  followed = true;

  /** @param unsureBeforeMs event time before which messages may have been stored by an earlier process, unseen here */
  constructor(
    readonly bootId: string,
    private readonly unsureBeforeMs = Number.NEGATIVE_INFINITY,
  ) {}

  /** @param unsureBeforeMs null: nothing arrived after it was saved; if not, only what was declared is taken over */
  static from(saved: SavedNumbering, unsureBeforeMs: number | null, wallMs: number): BootNumbering {
    const isExact = unsureBeforeMs === null;
    const boot = new BootNumbering(saved.bootId, unsureBeforeMs ?? undefined);
    boot.low = saved.low;
    boot.high = saved.high;
    boot.blind = !isExact;
    // The wait begins anew, because a device that met a gateway without life has its own to send again first.
    boot.ranges = saved.missing.filter((m) => isExact || m.gapId !== null).map((m) => ({ ...m, sinceWallMs: wallMs }));
    return boot;
  }

  save(): SavedNumbering | null {
    if (this.low === null || this.high === null || !this.followed) return null;
    return { bootId: this.bootId, low: this.low, high: this.high, missing: this.ranges };
  }

  get missing(): readonly Missing[] {
    return this.ranges;
  }

  /** The gap that a message would fill, when it was declared already. */
  gapAt(seq: number): string | null {
    if (this.ranges.length === 0) return null;
    return this.ranges.find((m) => m.fromSeq <= seq && seq <= m.toSeq)?.gapId ?? null;
  }

  /** A message is stored. */
  arrived({ seq, atMs, deviceAtMs, wallMs }: Arrival): void {
    if (!this.followed) return;
    const { low, high } = this;
    const edge = { seq, atMs, deviceAtMs: deviceAtMs ?? high?.deviceAtMs ?? 0 };
    if (low === null || high === null) this.low = this.high = edge;
    else if (this.ranges.length > RANGES_ABSURD) this.lose();
    else if (seq > high.seq) this.above(high, edge, wallMs);
    else {
      this.olderWallMs = wallMs;
      if (seq < low.seq) this.below(low, high, edge, wallMs);
      else this.fill(edge);
    }
  }

  /**
   * Undeclared ranges for which nobody waits any longer: older than `graceMs`, nothing older came in that time, and none of
   * their numbers is on its way to the disk.
   */
  due(wallMs: number, graceMs: number, inFlight: ReadonlySet<number>): Missing[] {
    if (this.ranges.length === 0) return [];
    const isOnItsWay = (m: Missing): boolean => [...inFlight].some((seq) => m.fromSeq <= seq && seq <= m.toSeq);
    const undeclared = this.ranges.filter((m) => m.gapId === null && !isOnItsWay(m));
    // Beyond its bound the memory keeps what can still be said; the oldest is declared before it would be forgotten.
    const tooMany = undeclared.slice(0, Math.max(0, undeclared.length - RANGES_MAX / 2));
    if (wallMs - this.olderWallMs < graceMs) return tooMany;
    return undeclared.filter((m, i) => i < tooMany.length || wallMs - m.sinceWallMs >= graceMs);
  }

  /** Remembers (or, with null, takes back) that a range was declared. */
  declare(range: Missing, gapId: string | null): void {
    this.ranges = this.ranges.map((m) => (m.fromSeq >= range.fromSeq && m.toSeq <= range.toSeq ? { ...m, gapId } : m));
    while (this.ranges.length > RANGES_MAX) {
      const oldest = this.ranges.findIndex((m) => m.gapId !== null);
      if (oldest < 0) return;
      this.ranges.splice(oldest, 1);
    }
  }

  private above(high: Edge, arrival: Edge, wallMs: number): void {
    const count = arrival.seq - high.seq - 1;
    if (count > JUMP_MAX) return this.lose();
    if (count > 0 && !this.blind) this.ranges.push(between(high, arrival, wallMs));
    this.blind = false;
    this.high = arrival;
  }

  private below(low: Edge, high: Edge, arrival: Edge, wallMs: number): void {
    const count = low.seq - arrival.seq - 1;
    // A lower number that was made later: the device counts from the beginning again.
    if (count > JUMP_MAX || arrival.deviceAtMs > high.deviceAtMs) return this.lose();
    // What lies between was made after `arrival`; if that was before the start, it may be stored and never come again.
    if (count > 0 && arrival.atMs >= this.unsureBeforeMs) this.ranges.unshift(between(arrival, low, wallMs));
    this.low = arrival;
  }

  private fill({ seq, atMs }: Edge): void {
    const place = this.ranges.findIndex((m) => m.fromSeq <= seq && seq <= m.toSeq);
    const range = this.ranges[place];
    if (range === undefined) return;
    const left = { ...range, toSeq: seq - 1, toMs: atMs };
    const right = { ...range, fromSeq: seq + 1, fromMs: atMs };
    this.ranges.splice(place, 1, ...[left, right].filter((m) => m.fromSeq <= m.toSeq));
  }

  private lose(): void {
    this.followed = false;
    this.ranges = [];
  }
}

function between(before: Edge, after: Edge, sinceWallMs: number): Missing {
  const [fromMs, toMs] = [before.atMs, after.atMs];
  return { fromSeq: before.seq + 1, toSeq: after.seq - 1, fromMs, toMs, sinceWallMs, gapId: null };
}

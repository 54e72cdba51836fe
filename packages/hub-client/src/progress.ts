/** Where one partition of the log begins and ends, as the hub said when it was asked. */
export interface PartitionEnd {
  readonly partition: number;
  /** Sequence of the oldest event that is kept; with none kept, that of the next event. */
  readonly beginSequence: number;
  /** Sequence of the newest event ever; -1 when there was none. */
  readonly lastSequence: number;
}

/** How one partition is read here. */
export interface PartitionView {
  /** Wall time at which the reader last finished, or at which the partition was taken. */
  readonly lastReadWallMs: number;
  /** Since when (wall time) the reader has been at one batch; null while it waits for events. */
  readonly busySinceWallMs: number | null;
  /** Events on the log that are not read; null until both sides are known. */
  readonly unread: number | null;
  /** The oldest of them is at most so old; 0 with none. For a partition of which nothing was read yet: at least so old. */
  readonly lagMs: number | null;
}

/** `silent`: no call of the handler. `deaf`: calls, but none with the events that the hub says are there. */
export interface Stall {
  readonly partition: number;
  readonly why: 'silent' | 'deaf';
}

/** What a look at the ends of the log shows. */
export interface EndsNews {
  /** Events that retention removed before they were read. */
  readonly missed: readonly Gap[];
  /** Partitions whose log ends before the position of their reader: it is another log, or an older copy of this one. */
  readonly wentBack: readonly number[];
}

export interface Gap {
  readonly partition: number;
  readonly count: number;
}

/** The last event of a batch. */
export interface LastRead {
  readonly sequence: number;
  readonly offset: string;
  /** Hub time at which it became durable. */
  readonly hubAtMs: number;
}

interface Place {
  isFromEarliest: boolean;
  /** Sequence of the next event to read; null while unknown. */
  next: number | null;
  /** Since when `next` is what it is. */
  nextSinceMs: number;
  isRunning: boolean;
  openedMs: number;
  finishedMs: number;
  busySinceMs: number | null;
  /** Hub time of the last event read. */
  readHubMs: number | null;
  readOffset: string | null;
  end: PartitionEnd | null;
  /** When the hub was last asked and there was nothing unread. */
  caughtUpMs: number | null;
  /** Since when there has been something unread, with `next` where it is. */
  behindSinceMs: number | null;
  /** Looks in a row that showed the same. */
  looksBack: number;
  looksTrimmed: number;
}

/** One look may be older than what has been read meanwhile (Azure answers from a cache); so many in a row are not. */
const LOOKS = 3;

/**
 * What is known of the partitions of one subscription: who is busy, how far behind, who stands still, what was missed.
 * Pure: fed with what happened and the wall time of it. Sequence numbers grow by one per partition.
 */
export class Progress {
  private readonly places = new Map<number, Place>();

  /**
   * @param countsGaps false for readers that start at the end of the log, for which everything before is rightly unread
   */
  constructor(private readonly countsGaps: boolean) {}

  /** The reader goes on with this event, says its stored position. Ignored while the partition is being read. */
  expect(partition: number, next: number, wallMs: number): void {
    const place = this.place(partition);
    if (!place.isRunning) moveTo(place, next, wallMs);
  }

  /** The reader has no stored position and goes on with the oldest event that is kept, whatever came before it. */
  expectEarliest(partition: number): void {
    this.place(partition).isFromEarliest = true;
  }

  /**
   * The reader goes on after this offset, which says nothing of its sequence unless it is that of the last event read
   * here: another process may have read on meanwhile. Ignored while the partition is being read.
   */
  expectAfter(partition: number, offset: string): void {
    const place = this.place(partition);
    if (place.isRunning) return;
    place.isFromEarliest = false;
    if (place.readOffset !== offset) place.next = null;
  }

  opened(partition: number, wallMs: number): void {
    Object.assign(this.place(partition), {
      isRunning: true,
      openedMs: wallMs,
      finishedMs: wallMs,
      busySinceMs: null,
      behindSinceMs: null,
    });
  }

  /** The handler was called. Returns how many events are missing before its first one. */
  began(partition: number, firstSequence: number | null, wallMs: number): number {
    const place = this.place(partition);
    place.busySinceMs = wallMs;
    if (firstSequence === null || place.next === null || !this.countsGaps || firstSequence <= place.next) return 0;
    const count = firstSequence - place.next;
    moveTo(place, firstSequence, wallMs);
    return count;
  }

  /** The handler has finished. `last` is the last event of its batch. */
  finished(partition: number, last: LastRead | null, wallMs: number): void {
    const place = this.place(partition);
    place.busySinceMs = null;
    place.finishedMs = wallMs;
    if (last === null) return;
    moveTo(place, last.sequence + 1, wallMs);
    place.readHubMs = last.hubAtMs;
    place.readOffset = last.offset;
  }

  /** Nobody reads the partition here any more, also when its handler failed. */
  closed(partition: number): void {
    Object.assign(this.place(partition), { isRunning: false, busySinceMs: null, behindSinceMs: null });
  }

  isRunning(partition: number): boolean {
    return this.places.get(partition)?.isRunning === true;
  }

  /** @param askedMs wall time before the hub was asked */
  looked(ends: readonly PartitionEnd[], askedMs: number, wallMs: number): EndsNews {
    const missed: Gap[] = [];
    const wentBack: number[] = [];
    for (const end of ends) {
      const place = this.place(end.partition);
      place.end = end;
      if (place.next === null) {
        if (!place.isRunning || (this.countsGaps && !place.isFromEarliest)) continue;
        // A reader of what comes next may leave out whatever is there now.
        moveTo(place, this.countsGaps ? end.beginSequence : end.lastSequence + 1, wallMs);
      }
      const { next } = place;
      if (next === null) continue;
      const isSteady = place.nextSinceMs < askedMs;
      place.looksBack = isSteady && end.lastSequence < next - 1 ? place.looksBack + 1 : 0;
      if (place.looksBack >= LOOKS) wentBack.push(end.partition);
      place.looksTrimmed =
        isSteady && place.isRunning && place.busySinceMs === null && end.beginSequence > next ? place.looksTrimmed + 1 : 0;
      if (this.countsGaps && place.looksTrimmed >= LOOKS) {
        missed.push({ partition: end.partition, count: end.beginSequence - next });
        moveTo(place, end.beginSequence, wallMs);
      }
      if (end.lastSequence < next) {
        place.caughtUpMs = askedMs;
        place.behindSinceMs = null;
      } else place.behindSinceMs ??= wallMs;
    }
    return { missed, wentBack };
  }

  /**
   * Partitions that are read here and stand still for longer than `afterMs`. One whose handler is busy does not. What happened later
   * than now was told by a wall clock that has been set back, and is taken for happening now.
   */
  stalls(afterMs: number, wallMs: number): readonly Stall[] {
    const stalls: Stall[] = [];
    for (const [partition, place] of this.places) {
      place.finishedMs = Math.min(place.finishedMs, wallMs);
      if (place.behindSinceMs !== null) place.behindSinceMs = Math.min(place.behindSinceMs, wallMs);
      if (!place.isRunning || place.busySinceMs !== null) continue;
      if (wallMs - place.finishedMs > afterMs) stalls.push({ partition, why: 'silent' });
      else if (place.behindSinceMs !== null && wallMs - place.behindSinceMs > afterMs) stalls.push({ partition, why: 'deaf' });
    }
    return stalls;
  }

  /** The partitions that are read here. */
  views(wallMs: number): ReadonlyMap<number, PartitionView> {
    const views = new Map<number, PartitionView>();
    for (const [partition, place] of this.places) if (place.isRunning) views.set(partition, viewOf(place, wallMs));
    return views;
  }

  private place(partition: number): Place {
    let place = this.places.get(partition);
    if (place === undefined) {
      place = { ...NOWHERE };
      this.places.set(partition, place);
    }
    return place;
  }
}

const NOWHERE: Place = {
  isFromEarliest: false,
  next: null,
  nextSinceMs: 0,
  isRunning: false,
  openedMs: 0,
  finishedMs: 0,
  busySinceMs: null,
  readHubMs: null,
  readOffset: null,
  end: null,
  caughtUpMs: null,
  behindSinceMs: null,
  looksBack: 0,
  looksTrimmed: 0,
};

function moveTo(place: Place, next: number, wallMs: number): void {
  if (place.next === next) return;
  place.next = next;
  place.nextSinceMs = wallMs;
  place.behindSinceMs = null;
}

function viewOf(place: Place, wallMs: number): PartitionView {
  const { finishedMs, busySinceMs, next, end, caughtUpMs, readHubMs, openedMs } = place;
  const unread = next === null || end === null ? null : Math.max(0, end.lastSequence + 1 - next);
  // The oldest unread event came after the last one that was read, and after the last look that found nothing unread.
  const afterMs = caughtUpMs === null && readHubMs === null ? openedMs : Math.max(caughtUpMs ?? 0, readHubMs ?? 0);
  const lagMs = unread === null ? null : unread === 0 ? 0 : Math.max(0, wallMs - afterMs);
  return { lastReadWallMs: finishedMs, busySinceWallMs: busySinceMs, unread, lagMs };
}

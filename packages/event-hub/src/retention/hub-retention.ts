import { join } from 'node:path';
import type { Retention } from '../hub-meta.js';
import type { SegmentFacts } from '../log/segment-facts.js';
import { isFull } from '../log/disk.js';
import { dueSegments, isRollDue, retentionTime } from './plan.js';
import { readTime, writeTime } from './time-file.js';

/** What retention needs of a hub's log. */
export interface RetainedLog {
  /** Oldest first; the last one is written to. */
  segments(): readonly SegmentFacts[];
  /** Deletes the `count` oldest sealed segments, or fewer when some can't go yet. Begin sequence numbers are on disk before a file goes. */
  dropOldest(count: number): Promise<{ readonly numbers: readonly number[]; readonly bytes: number }>;
  readonly sealed: { roll(): void };
}

export interface RetainedHub {
  readonly name: string;
  readonly folder: string;
  readonly retention: Retention;
  readonly log: RetainedLog;
}

/** What one look did and saw. */
export interface RetentionLook {
  readonly deleted: { readonly segments: number; readonly bytes: number; readonly reason: 'age' | 'bytes' };
  /** The newest event is this far ahead of the wall clock, in milliseconds; 0 when it is not. */
  readonly clockBehindMs: number;
}

const NOTHING = { numbers: [], bytes: 0 };
/** How much the kept time may be behind: what a restart gives away of its progress. */
const KEEP_MS = 3_600_000;

/** Retention of one hub: keeps its time and deletes what is due. One look at a time. */
export class HubRetention {
  private timeMs: number | null = null;
  private keptMs: number | null = null;
  private isLoaded = false;

  constructor(private readonly hub: RetainedHub) {}

  /**
   * @param elapsedMs time since the last look, by a clock that does not jump
   * @throws the disk's error; what was not deleted is due again at the next look
   */
  async look(wallMs: number, elapsedMs: number): Promise<RetentionLook> {
    const { log, retention } = this.hub;
    const segments = log.segments();
    const newestMs = segments.at(-1)?.lastEnqueuedMs ?? 0;
    const timeMs = await this.advance({ wallMs, elapsedMs, newestMs });
    const sealed = segments.slice(0, -1);
    const active = segments.at(-1);
    const due = dueSegments(sealed, active?.bytes ?? 0, retention, timeMs);
    const { numbers, bytes } = due.segments === 0 ? NOTHING : await log.dropOldest(due.segments);
    if (isRollDue(active?.firstEnqueuedMs ?? null, retention, timeMs)) log.sealed.roll();
    const deleted = { segments: numbers.length, bytes, reason: due.reason };
    return { deleted, clockBehindMs: Math.max(0, newestMs - wallMs) };
  }

  /** The time is on disk before it decides anything: after a restart a leaping clock must not gain by it. */
  private async advance(at: { wallMs: number; elapsedMs: number; newestMs: number }): Promise<number> {
    const path = join(this.hub.folder, 'retention.json');
    if (!this.isLoaded) {
      this.timeMs = this.keptMs = await readTime(path);
      this.isLoaded = true;
    }
    const timeMs = retentionTime(this.timeMs, at);
    if (this.keptMs === null || Math.abs(timeMs - this.keptMs) >= KEEP_MS) {
      try {
        await writeTime(path, timeMs);
        this.keptMs = timeMs;
      } catch (error) {
        // A full disk is what retention frees. A start goes on from the older time then and keeps events for longer.
        if (this.keptMs === null || !isFull(error)) throw error;
      }
    }
    this.timeMs = timeMs;
    return timeMs;
  }
}

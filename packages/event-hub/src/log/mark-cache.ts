import { readMarks } from './index-file.js';
import type { Mark, SegmentIndex } from './index-table.js';
import { LogError } from './log-error.js';
import type { LogPlace } from './log-walk.js';

/** Segments whose marks are kept; some 10 KiB each. */
const SEGMENTS_MAX = 64;

/** The marks of sealed segments, read from their `.idx` files when somebody looks for a place in them. */
export class MarkCache {
  private readonly kept = new Map<number, Promise<Mark[]>>();

  constructor(
    private readonly place: Pick<LogPlace, 'disk' | 'folder'>,
    private readonly onDamage: (number: number, why: string) => void,
  ) {}

  async of(segment: SegmentIndex): Promise<readonly Mark[]> {
    if (segment.marks !== null) return segment.marks;
    const known = this.kept.get(segment.number);
    const marks = known ?? this.load(segment);
    this.kept.delete(segment.number);
    this.kept.set(segment.number, marks);
    if (known === undefined) marks.catch(() => this.kept.delete(segment.number));
    if (this.kept.size > SEGMENTS_MAX) this.kept.delete(this.kept.keys().next().value!);
    return marks;
  }

  private async load(segment: SegmentIndex): Promise<Mark[]> {
    try {
      return await readMarks(this.place.disk, this.place.folder, segment.number);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.onDamage(segment.number, 'its .idx file is damaged or missing; the next start makes it anew');
      // One mark for the whole segment: slower to search, and as right.
      return [{ at: segment.framesAt, next: segment.first, enqueuedMs: segment.firstEnqueuedMs }];
    }
  }
}

/** What is known of a segment without reading it. */
export interface SegmentFacts {
  readonly number: number;
  /** What is written of it; what is preallocated and empty does not count. */
  readonly bytes: number;
  /** Enqueued time of its first event; null while it is empty. */
  readonly firstEnqueuedMs: number | null;
  /** Enqueued time of its last event, or of the last one before it. */
  readonly lastEnqueuedMs: number;
}

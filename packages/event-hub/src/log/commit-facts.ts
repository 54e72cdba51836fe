/** One write to the disk, of all that had arrived by then. */
export interface CommitFacts {
  readonly batches: number;
  readonly events: number;
  readonly bytes: number;
  readonly flushMs: number;
  /** From the arrival of the oldest batch of the group until it was on disk. */
  readonly latencyMs: number;
}

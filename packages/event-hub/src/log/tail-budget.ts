/** What a budget needs of a cache that shares it. */
export interface BudgetedTail {
  readonly usedBytes: number;
  /** Drops the oldest batch that it holds. */
  dropOldest(): void;
}

/** A budget of a cache's own for a number. */
export const tailBudgetOf = (bytes: number | TailBudget): TailBudget =>
  typeof bytes === 'number' ? new TailBudget(bytes) : bytes;

/** Memory for the newest batches, shared by the logs of all hubs: what a busy hub needs is taken from the fullest. */
export class TailBudget {
  private readonly tails = new Set<BudgetedTail>();
  private usedBytes = 0;

  constructor(private readonly bytesMax: number) {}

  join(tail: BudgetedTail): void {
    this.tails.add(tail);
  }

  /** The cache is not used any more. */
  leave(tail: BudgetedTail): void {
    if (this.tails.delete(tail)) this.usedBytes -= tail.usedBytes;
  }

  /** `tail` has taken up so many bytes; makes room for them, in whichever cache holds most. */
  took(bytes: number): void {
    this.usedBytes += bytes;
    while (this.usedBytes > this.bytesMax) {
      let fullest: BudgetedTail | null = null;
      for (const tail of this.tails) if (fullest === null || tail.usedBytes > fullest.usedBytes) fullest = tail;
      if (fullest === null || fullest.usedBytes === 0) return;
      const before = fullest.usedBytes;
      fullest.dropOldest();
      this.usedBytes -= before - fullest.usedBytes;
    }
  }
}

import type { Batch } from './batch.js';
import type { BudgetedTail, TailBudget } from './tail-budget.js';

interface Tail {
  batches: Batch[];
  /** Batches before this one have been dropped. */
  head: number;
}

/** The newest batches, so that readers who keep up never touch the disk. Bounded by the budget, oldest out first. */
export class TailCache implements BudgetedTail {
  private readonly tails: Tail[];
  private order: number[] = [];
  private orderHead = 0;
  private bytes = 0;

  constructor(
    partitionCount: number,
    private readonly budget: TailBudget,
  ) {
    budget.join(this);
    this.tails = Array.from({ length: partitionCount }, () => ({ batches: [], head: 0 }));
  }

  /** Adds a batch behind the others of its partition. */
  add(batch: Batch): void {
    this.tails[batch.partition]!.batches.push(batch);
    this.order.push(batch.partition);
    this.bytes += batch.bytes.length;
    this.budget.took(batch.bytes.length);
  }

  get usedBytes(): number {
    return this.bytes;
  }

  /** Gives its part of the budget back. */
  close(): void {
    this.budget.leave(this);
  }

  /** The batch that holds `sequence`, or null when it is no longer (or not yet) here. */
  find(partition: number, sequence: number): Batch | null {
    const { batches, head } = this.tails[partition]!;
    let low = head;
    let high = batches.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const batch = batches[middle]!;
      if (sequence < batch.firstSequence) high = middle - 1;
      else if (sequence >= batch.firstSequence + batch.count) low = middle + 1;
      else return batch;
    }
    return null;
  }

  dropOldest(): void {
    const tail = this.tails[this.order[this.orderHead++]!]!;
    this.bytes -= tail.batches[tail.head]!.bytes.length;
    tail.batches[tail.head] = undefined as unknown as Batch;
    tail.head++;
    if (tail.head > 1024 && tail.head * 2 > tail.batches.length) {
      tail.batches = tail.batches.slice(tail.head);
      tail.head = 0;
    }
    if (this.orderHead > 4096 && this.orderHead * 2 > this.order.length) {
      this.order = this.order.slice(this.orderHead);
      this.orderHead = 0;
    }
  }
}

/** What became of an event that was given to a producer. */
export const OUTCOME = { sent: 0, acknowledged: 1 } as const;

export type Way = 'partition' | 'key' | 'idempotent';

/**
 * Every event that was ever handed to a producer, by its id: a number that counts up. An event is `sent` until the hub has
 * acknowledged it; one whose send failed stays so, because nobody knows whether it was stored.
 */
export class Ledger {
  private readonly outcomes: number[] = [];
  private readonly ways: Way[] = [];
  acknowledged = 0;
  /** Acknowledged, and not known to be read. */
  private readonly unread = new Set<number>();

  /** Ids of new events. */
  take(way: Way, count: number): number[] {
    return Array.from({ length: count }, () => {
      this.ways.push(way);
      return this.outcomes.push(OUTCOME.sent) - 1;
    });
  }

  acknowledge(ids: readonly number[]): void {
    for (const id of ids) {
      if (this.outcomes[id] === OUTCOME.acknowledged) continue;
      this.outcomes[id] = OUTCOME.acknowledged;
      this.acknowledged++;
      this.unread.add(id);
    }
  }

  get size(): number {
    return this.outcomes.length;
  }

  wayOf(id: number): Way | undefined {
    return this.ways[id];
  }

  /** How many of the events with ids below `limit` are acknowledged and have not been read. */
  unreadBelow(limit: number, isRead: (id: number) => boolean): number {
    let unread = 0;
    for (const id of this.unread) {
      if (isRead(id)) this.unread.delete(id);
      else if (id < limit) unread++;
    }
    return unread;
  }
}

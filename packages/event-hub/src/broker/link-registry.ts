/** An open consumer link, for inspection and for figures of lag. Its name is the client's own and goes into no metric. */
export interface ReaderFacts {
  readonly hub: string;
  readonly group: string;
  readonly partition: number;
  readonly name: string;
  /** Null for one that shares the partition. */
  readonly epoch: number | null;
  /** Wall time of its attach. */
  readonly sinceMs: number;
  /** Events that it has asked for and not got. */
  readonly credit: () => number;
  /** Sequence number of the event that it gets next; null while its start is looked up. */
  readonly next: () => number | null;
}

/** An open producer link. */
export interface ProducerFacts {
  readonly hub: string;
  /** Null when key or turn decide. */
  readonly partition: number | null;
  readonly name: string;
  readonly sinceMs: number;
  /** Sends that it may still have under way. */
  readonly credit: () => number;
}

/** The open links of a broker. Each leaves by the function that it got when it came. */
export class LinkRegistry {
  private readonly openReaders = new Set<ReaderFacts>();
  private readonly openProducers = new Set<ProducerFacts>();

  addReader(facts: ReaderFacts): () => void {
    this.openReaders.add(facts);
    return () => void this.openReaders.delete(facts);
  }

  addProducer(facts: ProducerFacts): () => void {
    this.openProducers.add(facts);
    return () => void this.openProducers.delete(facts);
  }

  get readers(): Iterable<ReaderFacts> {
    return this.openReaders;
  }

  readersOf(hub: string): ReaderFacts[] {
    return [...this.openReaders].filter((reader) => reader.hub === hub);
  }

  producersOf(hub: string): ProducerFacts[] {
    return [...this.openProducers].filter((producer) => producer.hub === hub);
  }
}

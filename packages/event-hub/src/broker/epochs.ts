/** A consumer as far as ownership of a partition goes. */
export interface EpochReader {
  readonly name: string;
  /** Null for one that asks for no exclusive reading. */
  readonly epoch: number | null;
  /** Ends the link: someone else reads here now. */
  steal(description: string): void;
}

export type EpochVerdict =
  | { readonly ok: true; readonly stolen: number }
  | { readonly ok: false; readonly reason: 'stolen' | 'too-many'; readonly description: string };

/**
 * Who reads which partition in which group.
 *
 * A reader with an epoch is alone: it ends every other with the same or a lower epoch (of equals the newest wins)
 * and those without one. A reader with a lower epoch, or without one beside one that has, is refused. Without epochs
 * a few may read side by side: five at the service.
 */
export class Epochs {
  private readonly readers = new Map<string, Set<EpochReader>>();

  constructor(private readonly sharedReadersMax: number) {}

  /** Places where somebody reads. */
  get size(): number {
    return this.readers.size;
  }

  /** Admits a reader or says why not. `key` names hub, group and partition. */
  enter(key: string, reader: EpochReader): EpochVerdict {
    const present = this.readers.get(key) ?? new Set<EpochReader>();
    const highest = [...present].reduce<number | null>(
      (max, r) => (r.epoch !== null && (max === null || r.epoch > max) ? r.epoch : max),
      null,
    );
    const { epoch } = reader;
    if (highest !== null && (epoch === null || epoch < highest)) {
      const description = `Receiver '${reader.name}' can't read here: a receiver with epoch '${highest}' exists`;
      return { ok: false, reason: 'stolen', description };
    }
    if (epoch === null && present.size >= this.sharedReadersMax) {
      return { ok: false, reason: 'too-many', description: `at most ${this.sharedReadersMax} receivers without an epoch` };
    }
    const displaced = epoch === null ? [] : [...present];
    if (epoch !== null) present.clear();
    present.add(reader);
    this.readers.set(key, present);
    for (const old of displaced) {
      old.steal(
        `New receiver '${reader.name}' with higher epoch of '${epoch}' is created hence current receiver '${old.name}' with epoch '${old.epoch ?? ''}' is getting disconnected`,
      );
    }
    return { ok: true, stolen: displaced.length };
  }

  /** Forgets a reader whose link, session or connection ended. Harmless when it is gone already. */
  leave(key: string, reader: EpochReader): void {
    const present = this.readers.get(key);
    present?.delete(reader);
    if (present?.size === 0) this.readers.delete(key);
  }
}

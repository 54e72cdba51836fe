/** A key of the second level: wrapped by a key-encryption key, wraps the subject keys of one purpose and shard. */
export interface ShardKeyRow {
  readonly id: string;
  /** A purpose, or `index:<name>` for the key of a blind index, which has shard 0 and generation 1 alone. */
  readonly purpose: string;
  readonly shard: number;
  /** Which rotation of the purpose it was made for, from 1. */
  readonly generation: number;
  /** The key-encryption key that wraps it now. */
  readonly kekId: string;
  /** base64url. */
  readonly wrapped: string;
  readonly createdAtMs: number;
}

/** A key of the third level: wrapped by a shard key, seals the columns of one subject for one purpose. */
export interface SubjectKeyRow {
  readonly id: string;
  readonly purpose: string;
  readonly subject: string;
  /** Counts the keys of one purpose and subject, from 1. The highest seals, all open. */
  readonly version: number;
  readonly generation: number;
  readonly shardKeyId: string;
  /** base64url. */
  readonly wrapped: string;
  readonly createdAtMs: number;
  /** Encryptions that were set aside for some process, used or not. */
  readonly usesReserved: number;
}

/** How many keys there are; no ids of subjects. */
export interface DataKeyCounts {
  readonly shardKeys: readonly {
    readonly purpose: string;
    readonly generation: number;
    readonly kekId: string;
    readonly count: number;
    readonly oldestMs: number;
  }[];
  readonly subjectKeys: readonly {
    readonly purpose: string;
    readonly generation: number;
    readonly count: number;
    readonly oldestMs: number;
  }[];
  readonly erasedSubjects: number;
}

/**
 * Where wrapped data keys are kept. It never sees a key in clear.
 *
 * What every store promises, and `test/contract/data-key-store.contract.ts` checks: what a call resolved with is on disk;
 * of two rows for one place the first stays and both callers get it; each write is one transaction; other processes may
 * use the same store. An outage is the store's own error and passes through the keyring unchanged.
 */
export interface DataKeyStore {
  /** The generation in which new keys of this purpose are made; 1 when it was never raised. */
  generation(purpose: string): Promise<number>;
  /** Sets `from + 1` when the generation is still `from`; otherwise somebody else has raised it, and nothing happens. */
  raiseGeneration(purpose: string, from: number): Promise<void>;

  shardKey(id: string): Promise<ShardKeyRow | null>;
  shardKeyAt(purpose: string, shard: number, generation: number): Promise<ShardKeyRow | null>;
  /** All of one purpose, the newest generation first, `limit` at most. */
  shardKeysOf(purpose: string, limit: number): Promise<readonly ShardKeyRow[]>;
  /** Adds it unless (purpose, shard, generation) is taken. @returns the row that is there now */
  addShardKey(row: ShardKeyRow): Promise<ShardKeyRow>;
  /** Those that another key-encryption key wraps, ordered by id, those after `afterId` ('' for the first). */
  shardKeysNotUnder(kekId: string, afterId: string, limit: number): Promise<readonly ShardKeyRow[]>;
  /** Changes the wrapping alone, and only while `wrapped` still is `fromWrapped`. @returns whether it did */
  rewrapShardKey(change: {
    readonly id: string;
    readonly fromWrapped: string;
    readonly kekId: string;
    readonly wrapped: string;
  }): Promise<boolean>;

  /** Those of `ids` that are there, in any order. At most 500 ids are asked for at once. */
  subjectKeys(ids: readonly string[]): Promise<readonly SubjectKeyRow[]>;
  /** The one with the highest version. */
  newestSubjectKey(purpose: string, subject: string): Promise<SubjectKeyRow | null>;
  /** Adds it unless (purpose, subject, version) is taken. @returns the row that is there now; `erased` when the subject was erased */
  addSubjectKey(row: SubjectKeyRow): Promise<SubjectKeyRow | 'erased'>;
  /** Adds `uses` to `usesReserved` unless that went over `usesMax`. `gone`: there is no such key. */
  reserveUses(id: string, uses: number, usesMax: number): Promise<'reserved' | 'used-up' | 'gone'>;

  /**
   * Destroys all subject keys of this subject and remembers that it was erased, in one transaction, so that no key can be
   * made for it afterwards. Leaves no copy of the destroyed rows in any file. @returns how many were destroyed
   */
  eraseSubject(subject: string, atMs: number): Promise<number>;
  /** When the subject was erased first; null when it never was. */
  erasedAtMs(subject: string): Promise<number | null>;

  counts(): Promise<DataKeyCounts>;
}

/** What a back-up asks of the stores of a data folder. An adapter answers; a back-up knows no driver. */
export interface Databases {
  /**
   * Copies the files as they are at one moment, while others write, into a folder that is there. Where one holds positions of what another
   * holds, positions are never ahead.
   *
   * @param paths of the database files, below the data folder
   * @param took told of bytes; it may wait
   * @throws BackupError `disk-full`, `not-supported`, `target`
   */
  copy(paths: readonly string[], toFolder: string, took: (bytes: number) => void): Promise<CopyFacts>;
  /** The wrapped data keys as they are now, as text; null where there are none. */
  keyStore(): KeyStoreCopy | null;
  /** What is wrong with a copy; null where it is in order. */
  faultOf(file: string): string | null;
}

/** What the relational store is, and so where a restore puts it. */
export type StoreKind = 'sqlite' | 'postgres';

/** What a dump asks of whoever restores it. */
export interface DumpFacts {
  /** Version of the program that wrote it: servers and programs of this or a newer one take it. */
  readonly major: number;
  /** Where its tables are, within the database. */
  readonly schema: string;
}

export interface CopyFacts {
  /** What is in the folder now, below it. */
  readonly files: readonly string[];
  readonly store: StoreKind;
  /** Of a PostgreSQL database; null without one. */
  readonly dump: DumpFacts | null;
  /** Name of the newest migration of the relational store; null where there is none. */
  readonly schema: string | null;
  readonly log: string | null;
  readonly auditSeq: number;
}

export interface KeyStoreCopy {
  readonly text: string;
  /** Key-encryption keys without which it opens nothing. */
  readonly kekIds: readonly string[];
  readonly erased: readonly Erased[];
}

/** Whose keys were destroyed, and when: a patient's id. */
export interface Erased {
  readonly subject: string;
  readonly atMs: number;
}

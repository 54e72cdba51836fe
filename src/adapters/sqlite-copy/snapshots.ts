import { rmSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';

const BUSY_TIMEOUT_MS = 5_000;
/** 1 MiB of 4 KiB pages. */
const PAGES_A_STEP = 256;
const PAGE_BYTES = 4_096;
const TRIES_MAX = 50;

/** One database file as it was at one moment, whatever is written to it meanwhile. */
export interface Snapshot {
  readonly file: string;
  readonly db: DatabaseSync;
}

/**
 * Opens all files as they are at one moment. Where the first one is written to while the others are opened it is tried again, so that
 * what one says of another holds; should that never succeed, the first is the older one.
 */
export function openSnapshots(files: readonly string[]): readonly Snapshot[] {
  const [first] = files;
  if (first === undefined) return [];
  const watch = openRead(first);
  try {
    for (let tries = 1; ; tries++) {
      const before = versionOf(watch);
      const snapshots = files.map((file) => ({ file, db: openRead(file) }));
      for (const { db } of snapshots) {
        db.exec('BEGIN');
        // A transaction begins with its first read.
        db.prepare('SELECT count(*) FROM sqlite_schema').get();
      }
      if (versionOf(watch) === before || tries === TRIES_MAX) return snapshots;
      closeSnapshots(snapshots);
    }
  } finally {
    watch.close();
  }
}

export function closeSnapshots(snapshots: readonly Snapshot[]): void {
  for (const { db } of snapshots) if (db.isOpen) db.close();
}

/**
 * Copies the snapshot page by page: writers go on, their write-ahead log grows until it is closed.
 * @param took called in between with how many bytes were copied; it may wait
 */
export async function copySnapshot({ db }: Snapshot, toFile: string, took: (bytes: number) => void): Promise<void> {
  let leftBefore: number | null = null;
  const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }): void => {
    took(((leftBefore ?? totalPages) - remainingPages) * PAGE_BYTES);
    leftBefore = remainingPages;
  };
  try {
    await backup(db, toFile, { rate: PAGES_A_STEP, progress });
  } catch (error) {
    rmSync(toFile, { force: true });
    throw error;
  }
}

/** Bytes that a copy of the snapshot takes. */
export function bytesOf({ db, file }: Snapshot): number {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count'] ?? 0);
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size'] ?? PAGE_BYTES);
  return Math.max(pages * pageBytes, statSync(file).size);
}

/** What SQLite finds wrong in a file; null where it is in order. */
export function faultOf(file: string): string | null {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const found = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
    return found === 'ok' ? null : found;
  } catch (error) {
    return (error as Error).message;
  } finally {
    db.close();
  }
}

/** Opened for writing, as a file in WAL mode has to be where nobody else has it open. */
function openRead(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA query_only = ON`);
  return db;
}

/** Changes with each commit of another connection. */
function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA data_version').get()?.['data_version']);
}

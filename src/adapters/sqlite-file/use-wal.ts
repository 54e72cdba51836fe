import type { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/** While a file is opened and brought up to date another process may be at the same. */
export const OPENING_BUSY_TIMEOUT_MS = 5_000;
const WAL_TURN_MS = 10;

/**
 * Where two processes open a file at once, SQLite refuses one of them this switch without waiting, whatever its timeout is: each would
 * wait for the other's lock.
 */
export function useWal(db: DatabaseSync): void {
  const untilMs = performance.now() + OPENING_BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= untilMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_TURN_MS);
    }
  }
}

/** True for SQLite's word that another connection holds a lock, with whatever detail. */
export function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;
}

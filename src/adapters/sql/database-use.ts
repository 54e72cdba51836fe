import { DatabaseSync } from 'node:sqlite';
import { isBusy } from '../sqlite-file/use-wal.js';

const WAIT_MS = 500;

/**
 * True while another process has the database file open, whether it writes or not: each connection in WAL mode shares a
 * lock that this one asks for alone. It is given back at once, and a process that was killed holds none.
 */
export function isDatabaseInUse(file: string): boolean {
  const db = new DatabaseSync(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${WAIT_MS}; PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK`);
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    db.close();
  }
}

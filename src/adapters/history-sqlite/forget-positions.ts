import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Lets history read its log from the beginning: samples that it has are named by time and device, so nothing is there
 * twice. Nothing to do where there is no history yet.
 */
export function forgetHistoryPositions(file: string): void {
  if (!existsSync(file)) return;
  const db = new DatabaseSync(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA synchronous = FULL`);
    const table = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'read_through'").get();
    if (table !== undefined) db.exec('DELETE FROM read_through');
  } finally {
    db.close();
  }
}

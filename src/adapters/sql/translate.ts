import { InvariantError, PlatformError } from '@vigil/domain';
import { isPostgresOutage } from './postgres-errors.js';

/** Result codes of SQLite that are the outside world's doing: busy, locked, no memory, read-only, I/O, corrupt, full … */
const OUTAGE_CODES = new Set([5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 23, 26]);

/** Tells an outage from a bug; errors that are ours already pass as they are. */
export function translate(error: unknown): unknown {
  if (error instanceof PlatformError || error instanceof InvariantError) return error;
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  const outage =
    (code === 'ERR_SQLITE_ERROR' && errcode !== undefined && OUTAGE_CODES.has(errcode & 0xff)) ||
    code === 'ERR_INVALID_STATE' ||
    // On a full disk, and where the file can't be read, SQLite has rolled back by itself; what comes out is that Kysely can't.
    message?.includes('no transaction is active') === true ||
    message?.includes('driver has already been destroyed') === true ||
    isPostgresOutage(error);
  return outage ? new PlatformError('store-unavailable', {}, true, error) : error;
}

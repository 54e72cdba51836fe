import { isNativeError } from 'node:util/types';
import { InvariantError } from '@vigil/domain';
import pg from 'pg';

/**
 * Classes of SQLSTATE that are the outside world's doing: connection, sign-in, no more of something (disk, memory, connections), whoever
 * runs the server stopped it or the statement took too long, the machine, and damage. Source: PostgreSQL 15, Appendix A.
 */
const OUTAGE_CLASSES = new Set(['08', '28', '53', '57', '58', 'XX']);

/** Single ones: serialisation, deadlock, a lock not had in time, a transaction that was silent, no such database (yet). */
const OUTAGE_STATES = new Set(['40001', '40P01', '55P03', '25P03', '3D000']);

/** A server that only reads: a stand-by that was not made primary yet, or a primary that another took over from. */
const READ_ONLY = '25006';

/** After these a connection is given up: the server has ended it. */
const LOST_CLASSES = new Set(['08', '58', 'XX']);
const LOST_STATES = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03']);

/** These quote what was stored or asked for, which may be a name. */
const QUOTING_CLASSES = new Set(['22', '23']);

/** What the server refused. Without the detail, the hint and the statement, which quote values. */
export class ServerError extends Error {
  override readonly name = 'ServerError';

  constructor(
    /** SQLSTATE. */
    readonly code: string,
    message: string,
    readonly constraint: string | null,
  ) {
    super(message);
  }
}

/** The connection is gone, was never there, or nothing comes over it any more. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The driver's errors in these two forms; what is a bug passes as it is. */
export function driverError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? 'XX000';
    const quotes = QUOTING_CLASSES.has(code.slice(0, 2));
    const constraint = error.constraint ?? null;
    const message = quotes ? `SQLSTATE ${code}${constraint === null ? '' : ` by ${constraint}`}` : `${code}: ${error.message}`;
    return new ServerError(code, message, constraint);
  }
  if (!isNativeError(error) || error instanceof TypeError || error instanceof RangeError) return error;
  const { code } = error as { code?: string };
  return new ConnectionLost(`${code ?? error.message}`);
}

/** Of a connection that could not be made: whatever the server said, it is not to be had now. */
export function notConnected(thrown: unknown): unknown {
  const error = driverError(thrown);
  return error instanceof ServerError ? new ConnectionLost(error.message) : error;
}

/** A transaction that was begun for reading, and writes. Anywhere else it is a server that only reads. */
export function asBugOfReader(error: unknown): unknown {
  return onlyReads(error) ? new InvariantError('expected: a snapshot writes nothing') : error;
}

export function onlyReads(error: unknown): boolean {
  return error instanceof ServerError && error.code === READ_ONLY;
}

/** True when nobody should be given this connection any more. */
export function isLost(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  return error instanceof ServerError && (LOST_CLASSES.has(error.code.slice(0, 2)) || LOST_STATES.has(error.code));
}

/** Tells an outage from a bug. */
export function isPostgresOutage(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  if (!(error instanceof ServerError)) return false;
  const { code } = error;
  return OUTAGE_CLASSES.has(code.slice(0, 2)) || OUTAGE_STATES.has(code) || code === READ_ONLY;
}

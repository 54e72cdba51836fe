export type BackupErrorCode =
  /** The site has no recovery key yet. */
  | 'no-recovery-key'
  /** Sealed for another recovery key, or signed by another site. */
  | 'wrong-recovery-key'
  /** The part that is kept apart is not there. */
  | 'keys-missing'
  /** Bytes are not what was written: cut off, flipped, or not there. */
  | 'damaged'
  | 'newer-version'
  | 'other-site'
  | 'no-backup'
  | 'target'
  | 'disk-full'
  | 'in-use'
  | 'not-supported';

/** What is wrong with a back-up or its place, in one line that says what to do. Names files and ids, never data. */
export class BackupError extends Error {
  constructor(
    readonly code: BackupErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** A full disk is told by name; what else a file says comes out as it is. */
export function fileTrouble(what: string, error: unknown): unknown {
  const { code, errcode } = error as { code?: string; errcode?: number };
  // SQLITE_FULL is 13.
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || (errcode !== undefined && errcode % 256 === 13);
  if (isFull)
    return new BackupError(
      'disk-full',
      `no room for ${what}: make room, or take another disk; nothing that was there is changed`,
      error,
    );
  return error;
}

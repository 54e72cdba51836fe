/**
 * - `busy`: not stored, try again later (queue full or disk full). Nothing is lost that was acknowledged.
 * - `failed`: a write failed; this log takes nothing more until the process starts again.
 * - `closed`: the hub is stopping.
 * - `corrupt`: what is on disk is not what was written.
 * - `locked`: another process has this folder open.
 * - `config`: the folder holds a hub of another shape, or can't be used.
 */
export type LogErrorCode = 'busy' | 'failed' | 'closed' | 'corrupt' | 'locked' | 'config';

export class LogError extends Error {
  override readonly name = 'LogError';

  constructor(
    readonly code: LogErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }

  /** True when the same call may succeed later. */
  get retryable(): boolean {
    return this.code === 'busy' || this.code === 'failed' || this.code === 'closed';
  }
}

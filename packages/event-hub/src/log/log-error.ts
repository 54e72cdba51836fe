/**
 * - `busy`: not stored, try again later (queue full or disk full). Nothing is lost that was acknowledged.
 * - `failed`: a write failed; this log takes nothing more until the process starts again.
 * - `closed`: the hub is stopping.
 * - `corrupt`: what is on disk is not what was written.
 * - `locked`: another process has this folder open.
 * - `out-of-order`: an idempotent producer's batch is neither a repeat nor the next one. Not stored.
 * - `stolen`: an idempotent producer's batch comes with a lower epoch than another's before. Not stored.
 * - `config`: the folder holds a hub of another shape, or can't be used.
 */
export type LogErrorCode = 'busy' | 'failed' | 'closed' | 'corrupt' | 'locked' | 'out-of-order' | 'stolen' | 'config';

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

import type { LogRecord } from '../log-record.js';

/** `sent`: the log has it for good. `retry`: it may not, send it again. `refused`: these bytes can never be sent. */
export type SendStatus = 'sent' | 'retry' | 'refused';

/** The log as the gateway sees it. */
export interface LogUplink {
  /**
   * Sends records in order per key and answers for each of them; a record is never `sent` while an earlier one of its
   * key is not. Never rejects, and answers in bounded time. Calls may overlap.
   */
  send(records: readonly LogRecord[]): Promise<SendStatus[]>;
  /** Parts of the log that take and fail each on their own, as far as is known. Absent: one. May change. */
  readonly shards?: number;
  /** The part that a key belongs to: the same one for the same number of parts. */
  shardOf?(key: string, shards: number): number;
  close(): Promise<void>;
}

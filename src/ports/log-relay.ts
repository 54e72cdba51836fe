import type { LogEvent } from '@vigil/contracts';

export interface RelayRow {
  readonly seq: number;
  readonly event: LogEvent;
  /** True: one copy on each partition. */
  readonly everyPartition: boolean;
}

/** Log events that were committed with the rows they speak of and still have to reach the log. In order of commit. */
export abstract class LogRelay {
  abstract next(limit: number): Promise<readonly RelayRow[]>;
  abstract done(throughSeq: number): Promise<void>;
  /** Called in this process when something was added. */
  abstract onAdded(listener: () => void): () => void;
}

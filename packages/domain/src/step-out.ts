import type { LogEvent, ScoreSnapshot } from '@vigil/contracts';
import type { ScoreNews } from './scores/estimate.js';

/** What `step` counted and did not turn into an alarm. */
export interface StepCounts {
  duplicates: number;
  /** Behind the watermark: kept in history, never raised as if it were now. */
  late: number;
  /** The gateway's stamp does not agree with the assignments: held, not attributed. */
  unattributed: number;
  /** Of a device that was at this bed at another time: a backlog or a straggler, which belongs elsewhere. */
  elsewhere: number;
  /** From devices without a bed. */
  unassigned: number;
  /** Alarms of bedside devices beyond what one bed holds. */
  tooMany: number;
}

/** Where the events of one step leave what is neither state nor alarm. */
export interface StepOut {
  readonly counts: StepCounts;
  readonly scores: ScoreSnapshot[];
  readonly appends: LogEvent[];
  /** Scores that an event has changed, for the rules that look at them. */
  news: ScoreNews;
  /** Rules that look at no readings are asked once more at the end of the event, though nothing that they look at has changed by itself. */
  isAskedAnew: boolean;
}

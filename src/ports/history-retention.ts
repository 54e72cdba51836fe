/** How long history keeps each resolution, in days of event time; 0: for ever. A coarser one is kept at least as long. */
export interface HistoryRetention {
  /** Single samples. */
  readonly rawDays: number;
  /** Mean, least, most and counts of each minute. */
  readonly minuteDays: number;
  /** The same of each hour. */
  readonly hourDays: number;
}

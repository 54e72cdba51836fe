export interface EscalationRow {
  alarm_id: string;
  state: string;
  rev: number;
  step: number;
  next_wall_ms: number | null;
  started_wall_ms: number;
  /** Who accepted last, of those who are going. */
  accepted_by: string | null;
  accepted_wall_ms: number | null;
  policy_hash: string | null;
  route: number | null;
  round: number;
  arrive_by_wall_ms: number | null;
  ended_why: string | null;
  /** By which wall clock its times were written: that start of the machine, and wall time less steady time. */
  boot_id: string | null;
  steady_offset_ms: number | null;
  /** Empty on one that was written before there were several. */
  accepts_json: string;
  declines_json: string;
  /** What is only read as a whole: see escalation-row.ts. */
  run_json: string;
}

/** By which wall clock the times of some timers were written. */
export interface TimerFrameRow {
  timers: 'page';
  boot_id: string;
  steady_offset_ms: number;
}

/** What one person said to one alarm; never changed. Ids and words. */
export interface EscalationAnswerRow {
  command_id: string;
  alarm_id: string;
  staff_id: string;
  answer: 'accept' | 'decline' | 'arrive' | 'pass';
  reason: string | null;
  /** Event time. */
  at_ms: number;
  at_wall_ms: number;
  /** Of the escalation, as it was left by this. */
  escalation_rev: number;
  step: number;
}

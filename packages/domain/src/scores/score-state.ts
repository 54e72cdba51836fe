import type { AgeGroup, EvidencePart, MetricName, ScoreName } from '@vigil/contracts';

/** What a score can be made of: metrics, and what only people chart. */
export type InputName = MetricName | 'supplementalOxygen';

/** The newest that was said of one input, by whoever said it. */
export interface InputState {
  /** Whole display steps, or the code. */
  value: number | string;
  /** Event time of the measurement. */
  atMs: number;
  /** How long it counts from there. */
  forMs: number;
  source: 'device' | 'charted';
  /** Values of one level score the same everywhere (levels.ts). */
  level: number;
}

/** What was derived last of one score from live data. */
export interface EstimateState {
  total: number | null;
  min: number;
  max: number;
  singleParameter: boolean;
  /** By part, in the order of the definition: points, and null where they are not known. */
  points: (number | null)[];
  /** The newest snapshot that went out: when, until when it holds, what it said, and when the next may. Null before the first. */
  told: { atMs: number; untilMs: number; said: string; againMs: number } | null;
}

/** A complete set that a person stands for, as it was scored. */
export interface ChartedState {
  total: number;
  singleParameter: boolean;
  /** For the alarms that come of it. */
  parts: EvidencePart[];
  atMs: number;
  untilMs: number;
}

/**
 * What the engine knows of the scores of one stay. Plain data; one entry at most for each input and each score, so bounded. It goes
 * with the patient to another bed and ends with the stay.
 */
export interface ScoreState {
  v: 1;
  spo2Scale: 1 | 2;
  /** For whom the estimates were made: they begin anew when it changes. */
  ageGroup: AgeGroup;
  inputs: Partial<Record<InputName, InputState>>;
  estimates: Partial<Record<ScoreName, EstimateState>>;
  charted: Partial<Record<ScoreName, ChartedState>>;
  /** Event time from which on anything is to be looked at again: a part expires, a snapshot is due. */
  dueMs: number;
  /** The same for ratios, which no reading hurries. */
  ratioDueMs: number;
}

export function emptyScores(ageGroup: AgeGroup): ScoreState {
  return { v: 1, spo2Scale: 1, ageGroup, inputs: {}, estimates: {}, charted: {}, dueMs: 0, ratioDueMs: 0 };
}

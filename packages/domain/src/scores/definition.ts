import type { AgeGroup, ScoreName } from '@vigil/contracts';

/** One thing that is known now: not expired, and chosen among its sources. Numbers are whole display steps. */
export interface Known<V extends number | string = number> {
  readonly value: V;
  /** Event time of the measurement, and for how long from there it is worth anything. */
  readonly atMs: number;
  readonly forMs: number;
  readonly source: 'device' | 'charted';
}

export type Acvpu = 'A' | 'C' | 'V' | 'P' | 'U';
export type AirOrOxygen = 'air' | 'oxygen';

/** Age bands of bedside PEWS (docs/clinical.md, b). */
export type AgeBand = '0-3 mo' | '3-12 mo' | '1-4 y' | '4-12 y' | '>12 y';

/** What all scores are made of; null is missing, and never zero. */
export interface Given {
  readonly respirationRate: Known | null;
  readonly spo2: Known | null;
  readonly oxygen: Known<AirOrOxygen> | null;
  readonly systolic: Known | null;
  readonly meanPressure: Known | null;
  readonly pulse: Known | null;
  readonly consciousness: Known<Acvpu> | null;
  /** In tenths of a degree. */
  readonly temperature: Known | null;
  readonly spo2Scale: 1 | 2;
  /** Bands that the child can be in; one where the age is known well enough. */
  readonly ageBands: readonly AgeBand[];
}

/** Nothing known; what a caller lays the known parts over. */
export const NOTHING_GIVEN: Given = {
  respirationRate: null,
  spo2: null,
  oxygen: null,
  systolic: null,
  meanPressure: null,
  pulse: null,
  consciousness: null,
  temperature: null,
  spo2Scale: 1,
  ageBands: [],
};

/** One part of a score: its points, or what it could add while that is not known. */
export interface PartAnswer {
  readonly part: string;
  /** Null while the part is missing, or can't be scored without another that is. */
  readonly points: number | null;
  /** Equal to `points` where they are known. */
  readonly min: number;
  readonly max: number;
  /** As a person reads it, in the unit of the metric. */
  readonly value: number | string | null;
  readonly known: Known<number | string> | null;
}

/** A score, derived: a total where every part is known, else a range. */
export interface ScoreValue {
  readonly total: number | null;
  readonly min: number;
  readonly max: number;
  readonly singleParameter: boolean;
  readonly parts: readonly PartAnswer[];
  /** When the first of its parts expires; Infinity while it has none. */
  readonly untilMs: number;
}

export interface ScoreDefinition {
  readonly score: ScoreName;
  readonly ageGroups: readonly AgeGroup[];
  /**
   * `points` are added up; a `ratio` is one number made of all its parts, whose parts score nothing by themselves.
   */
  readonly kind: 'points' | 'ratio';
  parts(given: Given): PartAnswer[];
  /** NEWS2 only: points of one part alone that call for a review. */
  readonly singleAt?: number;
  /** Of a ratio: its value, in its own unit. */
  ratio?(given: Given): number | null;
  /** Of a ratio: the least and the most that it can be. */
  readonly bounds?: readonly [number, number];
}

import { type Acvpu, type AirOrOxygen, type Given, type Known, NOTHING_GIVEN } from './definition.js';
import { inDisplaySteps } from './display.js';

/** What a test gives, in the units of the metrics. */
export interface Plain {
  readonly respirationRate?: number;
  readonly spo2?: number;
  readonly oxygen?: AirOrOxygen;
  readonly systolic?: number;
  readonly pulse?: number;
  readonly consciousness?: Acvpu;
  readonly temperature?: number;
  readonly meanPressure?: number;
}

const known = <V extends number | string>(value: V): Known<V> => ({ value, atMs: 1, forMs: 1, source: 'device' });

/** Given with each value known and rounded as the engine does it. */
export function given(plain: Plain, more: Partial<Pick<Given, 'spo2Scale' | 'ageBands'>> = {}): Given {
  const number = (value: number | undefined, metric: 'heartRate' | 'temperature' = 'heartRate'): Known | null =>
    value === undefined ? null : known(inDisplaySteps(metric, value));
  return {
    ...NOTHING_GIVEN,
    ...more,
    respirationRate: number(plain.respirationRate),
    spo2: number(plain.spo2),
    systolic: number(plain.systolic),
    pulse: number(plain.pulse),
    meanPressure: number(plain.meanPressure),
    temperature: number(plain.temperature, 'temperature'),
    oxygen: plain.oxygen === undefined ? null : known(plain.oxygen),
    consciousness: plain.consciousness === undefined ? null : known(plain.consciousness),
  };
}

/** An adult of whom every part scores nothing. */
export const WELL = {
  respirationRate: 16,
  spo2: 98,
  oxygen: 'air',
  systolic: 120,
  pulse: 70,
  consciousness: 'A',
  temperature: 37,
} as const satisfies Plain;

import type { Known, PartAnswer, ScoreDefinition } from './definition.js';

/**
 * Mean arterial pressure in mmHg, not rounded: a third of the way from diastolic to systolic. For use only where the device
 * sent no mean of its own, which it measures and this only estimates. Source: docs/clinical.md [M].
 */
export function meanPressureOf({ systolic, diastolic }: { readonly systolic: number; readonly diastolic: number }): number {
  return diastolic + (systolic - diastolic) / 3;
}

/** Heart rate over systolic pressure, to two decimals; about 0.5 to 0.7 at rest, of concern from 0.9 to 1.0 on [M]. */
export function shockIndexOf({ pulse, systolic }: { readonly pulse: number; readonly systolic: number }): number | null {
  return systolic <= 0 ? null : Math.floor((pulse / systolic) * 100 + 0.5) / 100;
}

export const SHOCK_INDEX: ScoreDefinition = {
  score: 'shockIndex',
  kind: 'ratio',
  ageGroups: ['adult'],
  parts: ({ pulse, systolic }) => [plain('pulse', pulse), plain('systolic', systolic)],
  ratio: ({ pulse, systolic }) =>
    pulse === null || systolic === null ? null : shockIndexOf({ pulse: pulse.value, systolic: systolic.value }),
  // A pulse of 350 over a systolic pressure of 20: the ends of what counts as plausible.
  bounds: [0, 17.5],
};

/** In whole mmHg. */
export const MEAN_PRESSURE: ScoreDefinition = {
  score: 'meanPressure',
  kind: 'ratio',
  ageGroups: ['adult', 'paediatric', 'neonate'],
  parts: ({ meanPressure }) => [plain('meanPressure', meanPressure)],
  ratio: ({ meanPressure }) => meanPressure?.value ?? null,
  bounds: [0, 280],
};

function plain(part: string, known: Known | null): PartAnswer {
  return { part, points: null, min: 0, max: 0, value: known?.value ?? null, known };
}

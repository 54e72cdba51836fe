import type { Bands } from './bands.js';
import type { Given, PartAnswer, ScoreDefinition } from './definition.js';
import { banded, between, missing, scored } from './part.js';

/**
 * Criteria of qSOFA, one point each. Source: Singer M et al. (Sepsis-3). JAMA 2016;315:801-10: 22 breaths or more, systolic 100
 * or less, altered mentation [M]; another table says "below 100", and the consensus paper is followed.
 */
export const QSOFA_BANDS = {
  respirationRate: [
    [21, 0],
    [Infinity, 1],
  ],
  systolic: [
    [100, 1],
    [Infinity, 0],
  ],
} as const satisfies Record<string, Bands>;

/** qSOFA: 0 to 3. Altered mentation is anything but alert. */
export const QSOFA: ScoreDefinition = {
  score: 'qsofa',
  kind: 'points',
  ageGroups: ['adult'],
  parts: (given) => [
    banded('respirationRate', given.respirationRate, QSOFA_BANDS.respirationRate),
    banded('systolic', given.systolic, QSOFA_BANDS.systolic),
    given.consciousness === null
      ? missing('consciousness', 1)
      : scored('consciousness', given.consciousness, given.consciousness.value === 'A' ? 0 : 1),
  ],
};

/**
 * Criteria of SIRS, one point each: above 38.0 or below 36.0 degrees, above 90 beats, above 20 breaths or PaCO2 below 32 mmHg,
 * leucocytes. Source: BMC Infect Dis 2014;14:155, table 2 [V].
 */
export const SIRS_BANDS = {
  temperature: [
    [359, 1],
    [380, 0],
    [Infinity, 1],
  ],
  pulse: [
    [90, 0],
    [Infinity, 1],
  ],
} as const satisfies Record<string, Bands>;
export const SIRS_BREATHS_MAX = 20;

/**
 * SIRS: 0 to 4, of which a monitor can show three. Not supported: blood gases and counts of leucocytes, which no device sends
 * here; they stay missing, so that the score is always a range.
 */
export const SIRS: ScoreDefinition = {
  score: 'sirs',
  kind: 'points',
  ageGroups: ['adult'],
  parts: (given) => [
    banded('temperature', given.temperature, SIRS_BANDS.temperature, 10),
    banded('pulse', given.pulse, SIRS_BANDS.pulse),
    breathing(given),
    missing('leucocytes', 1),
  ],
};

/** A calm breath may go with a low PaCO2, which is not known here. */
function breathing({ respirationRate: given }: Given): PartAnswer {
  if (given === null) return missing('respirationRate', 1);
  return between('respirationRate', given, [given.value > SIRS_BREATHS_MAX ? 1 : 0, 1]);
}

import { type Bands, mostOf, pointsIn } from './bands.js';
import type { Given, PartAnswer, ScoreDefinition } from './definition.js';
import { banded, between, missing, scored } from './part.js';

/**
 * Bands of the National Early Warning Score 2, whole numbers; temperatures in tenths of a degree.
 *
 * Source: Royal College of Physicians. National Early Warning Score (NEWS) 2. London: RCP, 2017, chart 1 [V]. For adults from
 * 16 years; not in pregnancy, not after injury of the spinal cord [M].
 */
export const NEWS2_BANDS = {
  respirationRate: [
    [8, 3],
    [11, 1],
    [20, 0],
    [24, 2],
    [Infinity, 3],
  ],
  spo2Scale1: [
    [91, 3],
    [93, 2],
    [95, 1],
    [Infinity, 0],
  ],
  spo2Scale2Air: [
    [83, 3],
    [85, 2],
    [87, 1],
    [Infinity, 0],
  ],
  spo2Scale2Oxygen: [
    [83, 3],
    [85, 2],
    [87, 1],
    [92, 0],
    [94, 1],
    [96, 2],
    [Infinity, 3],
  ],
  systolic: [
    [90, 3],
    [100, 2],
    [110, 1],
    [219, 0],
    [Infinity, 3],
  ],
  pulse: [
    [40, 3],
    [50, 1],
    [90, 0],
    [110, 1],
    [130, 2],
    [Infinity, 3],
  ],
  temperature: [
    [350, 3],
    [360, 1],
    [380, 0],
    [390, 1],
    [Infinity, 2],
  ],
} as const satisfies Record<string, Bands>;

/** Any supplemental oxygen. Source: RCP 2017, chart 1 [V]; a public copy that says 1 is wrong. */
const OXYGEN_POINTS = 2;
/** New confusion, or responds to voice, to pain, or not at all. Source: RCP 2017, chart 1 [V]. */
const NOT_ALERT_POINTS = 3;
/** "3 in a single parameter" calls for an urgent review. Source: RCP 2017, chart 4 [V]. */
const SINGLE_PARAMETER = 3;

/** NEWS2: 0 to 20. */
export const NEWS2: ScoreDefinition = {
  score: 'news2',
  kind: 'points',
  ageGroups: ['adult'],
  singleAt: SINGLE_PARAMETER,
  parts: (given) => [
    banded('respirationRate', given.respirationRate, NEWS2_BANDS.respirationRate),
    saturation(given),
    oxygen(given),
    banded('systolic', given.systolic, NEWS2_BANDS.systolic),
    banded('pulse', given.pulse, NEWS2_BANDS.pulse),
    consciousness(given),
    banded('temperature', given.temperature, NEWS2_BANDS.temperature, 10),
  ],
};

/** On scale 2 the same saturation means something else with oxygen than without: while that is not known it is a range. */
function saturation({ spo2, oxygen: given, spo2Scale }: Given): PartAnswer {
  const { spo2Scale1, spo2Scale2Air, spo2Scale2Oxygen } = NEWS2_BANDS;
  if (spo2 === null) return missing('spo2', mostOf(spo2Scale1));
  if (spo2Scale === 1) return scored('spo2', spo2, pointsIn(spo2Scale1, spo2.value));
  if (given !== null) return scored('spo2', spo2, pointsIn(given.value === 'air' ? spo2Scale2Air : spo2Scale2Oxygen, spo2.value));
  return between('spo2', spo2, [pointsIn(spo2Scale2Air, spo2.value), pointsIn(spo2Scale2Oxygen, spo2.value)]);
}

function oxygen({ oxygen: given }: Given): PartAnswer {
  if (given === null) return missing('supplementalOxygen', OXYGEN_POINTS);
  return scored('supplementalOxygen', given, given.value === 'oxygen' ? OXYGEN_POINTS : 0);
}

function consciousness({ consciousness: given }: Given): PartAnswer {
  if (given === null) return missing('consciousness', NOT_ALERT_POINTS);
  return scored('consciousness', given, given.value === 'A' ? 0 : NOT_ALERT_POINTS);
}

/**
 * How long a charted NEWS2 may stand before the next is due: 12 h at 0, 6 h at 1 to 4, 1 h from 5 on or with 3 in a single
 * parameter. Source: RCP 2017, chart 4 [V] (the longer of "4-6-hourly"; "continuous" from 7 on still needs a set an hour).
 */
export function news2DueAfterMs(total: number, singleParameter: boolean): number {
  const hourMs = 3_600_000;
  if (total >= 5 || singleParameter) return hourMs;
  return total === 0 ? 12 * hourMs : 6 * hourMs;
}

import type { Bands } from './bands.js';
import type { Acvpu, Given, PartAnswer, ScoreDefinition } from './definition.js';
import { banded, between, missing } from './part.js';

/**
 * Modified Early Warning Score, whole numbers; temperatures in tenths of a degree.
 *
 * Source: Subbe CP, Kruger M, Rutherford P, Gemmel L. QJM 2001;94:521-6 [V].
 */
export const MEWS_BANDS = {
  systolic: [
    [70, 3],
    [80, 2],
    [100, 1],
    [199, 0],
    [Infinity, 2],
  ],
  pulse: [
    [40, 2],
    [50, 1],
    [100, 0],
    [110, 1],
    [129, 2],
    [Infinity, 3],
  ],
  respirationRate: [
    [8, 2],
    [14, 0],
    [20, 1],
    [29, 2],
    [Infinity, 3],
  ],
  temperature: [
    [349, 2],
    [384, 0],
    [Infinity, 2],
  ],
} as const satisfies Record<string, Bands>;

/** The score has AVPU; new confusion (C) is none of its levels, so that it may be anything from alert to voice. */
const AVPU: Readonly<Record<Acvpu, readonly [number, number]>> = { A: [0, 0], C: [0, 1], V: [1, 1], P: [2, 2], U: [3, 3] };

/** MEWS: 0 to 14. */
export const MEWS: ScoreDefinition = {
  score: 'mews',
  kind: 'points',
  ageGroups: ['adult'],
  parts: (given) => [
    banded('systolic', given.systolic, MEWS_BANDS.systolic),
    banded('pulse', given.pulse, MEWS_BANDS.pulse),
    banded('respirationRate', given.respirationRate, MEWS_BANDS.respirationRate),
    banded('temperature', given.temperature, MEWS_BANDS.temperature, 10),
    consciousness(given),
  ],
};

function consciousness({ consciousness: given }: Given): PartAnswer {
  return given === null ? missing('consciousness', AVPU.U[1]) : between('consciousness', given, AVPU[given.value]);
}

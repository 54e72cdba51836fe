import type { Site } from '@vigil/contracts';

/** The nurse of the bed, then who is in charge, each after so many wall seconds; for high and medium alarms. */
export function twoSteps(waitsS: readonly [number, number]): Site['escalation'] {
  return {
    steps: [
      { tell: 'primary', waitS: waitsS[0] },
      { tell: 'charge', waitS: waitsS[1] },
    ],
    priorities: ['high', 'medium'],
  };
}

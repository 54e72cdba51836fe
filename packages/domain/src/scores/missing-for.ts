import type { EvidencePart, ScoreName } from '@vigil/contracts';

/**
 * What a score waits for where a part has a value and no points yet. SIRS: a calm breath may go with a low PaCO2. NEWS2: what a
 * saturation scores on scale 2 depends on oxygen. MEWS: confusion has no points on AVPU, so it has to be said again in its words.
 */
const WAITS_FOR: Readonly<Partial<Record<ScoreName, Readonly<Record<string, string>>>>> = {
  sirs: { respirationRate: 'paCO2' },
  news2: { spo2: 'supplementalOxygen' },
  mews: { consciousness: 'consciousness' },
};
/** Every part of bedside PEWS is scored by age. */
const AGE = 'age';

/**
 * What somebody would have to measure or say for the score to have a total, each once. A part that was measured is never called
 * missing because another one is.
 */
export function missingFor(score: ScoreName, parts: readonly EvidencePart[]): readonly string[] {
  const waits = parts
    .filter(({ points }) => points === null)
    .flatMap(({ part, value }) => {
      if (value === null) return [part];
      const other = score === 'bedsidePews' ? AGE : WAITS_FOR[score]?.[part];
      return other === undefined ? [] : [other];
    });
  return [...new Set(waits)];
}

import type { ScoreName } from '@vigil/contracts';
import type { Given } from './definition.js';
import { deriveScore, evidenceParts } from './derive.js';
import { missingFor } from './missing-for.js';
import { given, type Plain, WELL } from './test-kit.js';

const missing = (score: ScoreName, plain: Plain, more?: Partial<Pick<Given, 'spo2Scale' | 'ageBands'>>) =>
  missingFor(score, evidenceParts(deriveScore(score, given(plain, more)).parts));
const { temperature: _, respirationRate: __, ...without } = WELL;
const NEVER_SENT_TO_PEWS = ['capillaryRefill', 'respiratoryEffort', 'spo2', 'oxygenTherapy'];

test.each<[string, readonly string[], readonly string[]]>([
  ['a calm breath waits for blood gases', missing('sirs', WELL), ['paCO2', 'leucocytes']],
  ['a fast breath does not', missing('sirs', { ...WELL, respirationRate: 24 }), ['leucocytes']],
  ['what nobody measured is named itself', missing('sirs', without), ['temperature', 'respirationRate', 'leucocytes']],
  [
    'a saturation on scale 2 waits for oxygen',
    missing('news2', { spo2: 95 }, { spo2Scale: 2 }).slice(0, 3),
    ['respirationRate', 'supplementalOxygen', 'systolic'],
  ],
  ['confusion has to be said in AVPU', missing('mews', { ...WELL, consciousness: 'C' }), ['consciousness']],
  ['a pulse is there though the pressure is not', missing('shockIndex', { pulse: 80 }), ['systolic']],
  [
    'of a child of unknown age the age is missing',
    missing('bedsidePews', { ...WELL, pulse: 130 }),
    ['age', ...NEVER_SENT_TO_PEWS],
  ],
  ['and a complete set misses nothing', missing('news2', WELL), []],
])('%s', (_what, named, expected) => {
  expect(named).toEqual(expected);
});

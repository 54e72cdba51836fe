import { EncounterId, PatientId } from '@vigil/contracts';
import fc from 'fast-check';
import type { StayInBed } from '../ports/care-relations.js';
import { visibleTime } from './visible-time.js';

const [ann, bob] = [PatientId.parse('ann'), PatientId.parse('bob')];
const stay = (patientId: PatientId, admittedMs: number, dischargedMs: number | null): StayInBed => ({
  encounterId: EncounterId.parse(`of-${patientId}`),
  patientId,
  admittedMs,
  dischargedMs,
});
const seen = (stays: readonly StayInBed[], patients: readonly PatientId[], inUnit: boolean) =>
  visibleTime({ fromMs: 0, toMs: 100 }, stays, new Set(patients), inUnit).map(({ fromMs, toMs }) => [fromMs, toMs]);

test.each([
  ['an empty bed, from the care unit', [], [], true, [[0, 100]]],
  ['an empty bed, from elsewhere', [], [], false, []],
  ['a patient whom one treats, with the time before', [stay(ann, 40, null)], [ann], true, [[0, 100]]],
  ['a patient whom one treats, from elsewhere', [stay(ann, 40, null)], [ann], false, [[40, 100]]],
  ['a patient whom one does not treat', [stay(ann, 40, null)], [], true, [[0, 40]]],
  ['the one before is left out', [stay(bob, -50, 30), stay(ann, 40, null)], [ann], true, [[30, 100]]],
  ['the one after is left out', [stay(ann, -50, 30), stay(bob, 30, null)], [ann], true, [[0, 30]]],
  [
    'both stays of one patient',
    [stay(ann, 0, 20), stay(bob, 20, 60), stay(ann, 60, null)],
    [ann],
    false,
    [
      [0, 20],
      [60, 100],
    ],
  ],
] as const)('%s', (_what, stays, patients, inUnit, spans) => {
  expect(seen(stays, patients, inUnit)).toEqual(spans);
});

test('no moment of a patient whom one does not treat is ever in it', () => {
  const bounds = fc.array(fc.integer({ min: -20, max: 120 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(bounds, fc.boolean(), (cuts, inUnit) => {
      const sorted = [...new Set(cuts)].sort((a, b) => a - b);
      const stays = sorted.slice(1).map((end, i) => stay(i % 2 === 0 ? bob : ann, sorted[i]!, end));
      for (const [fromMs, toMs] of seen(stays, [ann], inUnit)) {
        const overlaps = stays.some((s) => s.patientId === bob && s.admittedMs < toMs! && s.dischargedMs! > fromMs!);
        expect(overlaps).toBe(false);
      }
    }),
  );
});

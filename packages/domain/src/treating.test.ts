import { BedId, CareUnitId, PatientId, type Role } from '@vigil/contracts';
import fc from 'fast-check';
import {
  ACCEPTED_COUNTS_MS,
  DISCHARGED_COUNTS_MS,
  type DutyFacts,
  type RelationFacts,
  type StayFacts,
  treatingRelation,
} from './treating.js';

const NOW = 1_000_000_000_000;
const HOUR = 3_600_000;
const [icu, imc] = [CareUnitId.parse('icu'), CareUnitId.parse('imc')];
const [bed1, bed2] = [BedId.parse('icu-1'), BedId.parse('icu-2')];
const lying: StayFacts = { careUnitId: icu, bedId: bed1, dischargedWallMs: null };
const left = (agoMs: number): StayFacts => ({ ...lying, dischargedWallMs: NOW - agoMs });
const duty = (bedId: BedId | null, more: Partial<DutyFacts> = {}): DutyFacts => ({
  careUnitId: icu,
  bedId,
  fromMs: NOW - 8 * HOUR,
  toMs: null,
  ...more,
});
const facts = (more: Partial<RelationFacts>): RelationFacts => ({
  patientId: PatientId.parse('pat-1'),
  stays: [lying],
  duties: [],
  acceptedWallMs: null,
  paged: false,
  ...more,
});

test.each<[string, Partial<RelationFacts>, Role, string | null]>([
  ['nobody', {}, 'nurse', null],
  ['the nurse of the bed', { duties: [duty(bed1)] }, 'nurse', 'assigned to the bed'],
  ['the nurse of the next bed', { duties: [duty(bed2)] }, 'nurse', null],
  ['a physician of the next bed', { duties: [duty(bed2)] }, 'physician', 'covers the care unit'],
  ['a charge nurse of the next bed', { duties: [duty(bed2)] }, 'charge-nurse', 'covers the care unit'],
  ['a nurse of the whole care unit', { duties: [duty(null)] }, 'nurse', 'covers the care unit'],
  ['a physician of another care unit', { duties: [duty(null, { careUnitId: imc })] }, 'physician', null],
  ['a shift that begins now', { duties: [duty(bed1, { fromMs: NOW })] }, 'nurse', 'assigned to the bed'],
  ['a shift that is to come', { duties: [duty(bed1, { fromMs: NOW + 1 })] }, 'nurse', null],
  ['a shift that ends now', { duties: [duty(bed1, { toMs: NOW })] }, 'nurse', null],
  ['whoever accepted', { acceptedWallMs: NOW - HOUR }, 'nurse', 'accepted an alarm of this stay within 12 h'],
  [
    'whoever accepted just under 12 h ago',
    { acceptedWallMs: NOW - ACCEPTED_COUNTS_MS + 1 },
    'nurse',
    'accepted an alarm of this stay within 12 h',
  ],
  ['whoever accepted 12 h ago', { acceptedWallMs: NOW - ACCEPTED_COUNTS_MS }, 'nurse', null],
  ['whoever is paged', { paged: true }, 'on-call', 'paged for an escalation that runs'],
  [
    'the nurse of the bed, after the discharge',
    { stays: [left(HOUR)], duties: [duty(bed1)] },
    'nurse',
    'treated the patient until discharge, within 24 h',
  ],
  ['the nurse of the next bed, after the discharge', { stays: [left(HOUR)], duties: [duty(bed2)] }, 'nurse', null],
  [
    'a nurse whose shift began after the discharge',
    { stays: [left(HOUR)], duties: [duty(bed1, { fromMs: NOW - HOUR + 1 })] },
    'nurse',
    null,
  ],
  [
    'a nurse whose shift ended before the discharge',
    { stays: [left(HOUR)], duties: [duty(bed1, { toMs: NOW - HOUR })] },
    'nurse',
    null,
  ],
  [
    'a nurse whose shift ended after it',
    { stays: [left(HOUR)], duties: [duty(bed1, { toMs: NOW - HOUR + 1 })] },
    'nurse',
    'treated the patient until discharge, within 24 h',
  ],
  ['24 h after the discharge', { stays: [left(DISCHARGED_COUNTS_MS)], duties: [duty(bed1, { fromMs: 0 })] }, 'nurse', null],
  [
    'the old care unit, after a move',
    { stays: [{ ...lying, careUnitId: imc }, left(HOUR)], duties: [duty(bed1)] },
    'nurse',
    'treated the patient until discharge, within 24 h',
  ],
])('%s', (_who, more, role, relation) => {
  expect(treatingRelation(facts(more), [role], NOW)).toBe(relation);
});

const anyBed = fc.constantFrom(bed1, bed2);
const anyUnit = fc.constantFrom(icu, imc);
const anyTime = fc.integer({ min: NOW - 30 * HOUR, max: NOW + HOUR });
const anyDuty = fc.record({ careUnitId: anyUnit, bedId: fc.option(anyBed), fromMs: anyTime, toMs: fc.option(anyTime) });
const anyStay = fc.record({ careUnitId: anyUnit, bedId: anyBed, dischargedWallMs: fc.option(anyTime) });
const anyFacts: fc.Arbitrary<RelationFacts> = fc.record({
  patientId: fc.constant(PatientId.parse('pat-1')),
  stays: fc.array(anyStay, { maxLength: 4 }),
  duties: fc.array(anyDuty, { maxLength: 4 }),
  acceptedWallMs: fc.option(anyTime),
  paged: fc.boolean(),
});
const anyRoles = fc.subarray<Role>(['nurse', 'charge-nurse', 'physician', 'on-call', 'admin']);

test('a fact that is taken away never makes somebody treat a patient', () => {
  fc.assert(
    fc.property(anyFacts, anyRoles, fc.nat(3), fc.nat(3), (all, roles, n, m) => {
      const fewer: readonly RelationFacts[] = [
        { ...all, duties: all.duties.filter((_, i) => i !== n) },
        { ...all, stays: all.stays.filter((_, i) => i !== m) },
        { ...all, acceptedWallMs: null },
        { ...all, paged: false },
      ];
      const relation = treatingRelation(all, roles, NOW);
      for (const each of fewer) if (treatingRelation(each, roles, NOW) !== null) expect(relation).not.toBeNull();
      const fewerRoles = treatingRelation(all, roles.slice(1), NOW);
      if (fewerRoles !== null) expect(relation).not.toBeNull();
    }),
    { numRuns: 2_000 },
  );
});

test('without an open stay, a duty of now treats nobody', () => {
  fc.assert(
    fc.property(anyFacts, anyRoles, (all, roles) => {
      const stays = all.stays.map((stay) => ({ ...stay, dischargedWallMs: NOW - DISCHARGED_COUNTS_MS }));
      const ended = { ...all, stays, acceptedWallMs: null, paged: false };
      expect(treatingRelation(ended, roles, NOW)).toBeNull();
    }),
  );
});

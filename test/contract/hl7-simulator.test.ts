/** What the simulator writes, read by the platform: two programs that share no line of HL7. */
import { Hl7Message } from '@medplum/core';
import { BedId } from '@vigil/contracts';
import { hl7Frame } from '../../packages/simulator/src/adt/hl7-message.js';
import { madeUpPatient } from '../../packages/simulator/src/adt/made-up.js';
import type { ToldMove } from '../../packages/simulator/src/adt/move-sink.js';
import { readAdt } from '../../src/adapters/hl7/adt.js';

const patient = { ...madeUpPatient(1, 3), familyName: 'O\\Neil^|&~' };
const move: ToldMove = {
  ...{ kind: 'admit', atMs: Date.UTC(2026, 10, 21, 23, 59, 59, 7), stay: 0, person: 3, patient, encounterId: 'adt-x-1' },
  bedId: BedId.parse('icu-1'),
};

test.each([
  ['admit', null],
  ['transfer', 'icu-2'],
  ['discharge', null],
] as const)('%s is read as it was meant', (kind, before) => {
  const frame = hl7Frame({ ...move, kind }, { authority: 'SIM', facility: 'WARD' }, before).toString();
  const settings = { mrnAuthority: 'SIM', timeZone: 'Europe/Vienna', processingIds: ['P', 'T'] };
  expect(readAdt(Hl7Message.parse(frame.slice(1, -2)), 'm-1', settings)).toMatchObject({
    ...{ kind, atMs: move.atMs, identifiers: [{ system: 'SIM', value: patient.mrn }] },
    person: { familyName: patient.familyName, givenName: patient.givenName, birthDate: patient.birthDate, sex: patient.sex },
    visit: { system: 'hl7:WARD', value: 'adt-x-1' },
    place: { system: 'hl7:WARD', value: 'icu-1' },
    fromPlace: before === null ? null : { system: 'hl7:WARD', value: before },
  });
});

import { Hl7Message } from '@medplum/core';
import { readAdt } from './adt.js';

const settings = { mrnAuthority: 'HOSP', timeZone: 'Europe/Vienna', processingIds: ['P'] };

interface Parts {
  readonly event?: string;
  readonly msh11?: string;
  readonly evn?: string | null;
  readonly pid?: string | null;
  readonly pv1?: string | null;
  readonly more?: readonly string[];
}

const PID = 'PID|1||M1^^^HOSP^MR~99^^^SSA||Müller^Anna^^^^^L||19600102|F';
const PV1 = 'PV1|1|I|ICU^1^2^HOSP|||WARD^7|||||||||||||V1^^^VIS';
const messageOf = ({ event = 'A01', msh11 = 'P', evn = 'EVN||202601150830', pid = PID, pv1 = PV1, more = [] }: Parts = {}) =>
  [`MSH|^~\\&|HIS|H1|VIGIL|H1|20260115083100||ADT^${event}|c1|${msh11}|2.5.1`, evn, pid, pv1, ...more]
    .filter((line) => line !== null)
    .join('\r') + '\r';
const read = (parts?: Parts) => readAdt(Hl7Message.parse(messageOf(parts)), 'hl7-1', settings);

test('an admission is read as it was sent, and nothing more', () => {
  expect(read()).toEqual({
    ...{ v: 1, source: 'hl7', messageId: 'hl7-1', kind: 'admit', atMs: Date.UTC(2026, 0, 15, 7, 30) },
    identifiers: [
      { system: 'HOSP', value: 'M1' },
      { system: 'SSA', value: '99' },
    ],
    person: { familyName: 'Müller', givenName: 'Anna', birthDate: '1960-01-02', sex: 'female' },
    visit: { system: 'VIS', value: 'V1' },
    place: { system: 'hl7:H1', value: 'ICU^1^2^HOSP' },
    fromPlace: { system: 'hl7:H1', value: 'WARD^7' },
    merged: [],
  });
});

test.each([
  ['A01', 'admit'],
  ['A02', 'transfer'],
  ['A03', 'discharge'],
  ['A04', 'register'],
  ['A08', 'update'],
  ['A11', 'cancelAdmit'],
  ['A12', 'cancelTransfer'],
  ['A13', 'cancelDischarge'],
])('%s is %s', (event, kind) => expect(read({ event })).toMatchObject({ kind }));

test('A40 names whom the record takes up, and needs no visit', () => {
  const merged = read({ event: 'A40', pv1: null, more: ['MRG|OLD^^^HOSP'] });
  expect(merged).toMatchObject({ kind: 'merge', merged: [{ system: 'HOSP', value: 'OLD' }], visit: null, place: null });
});

test.each<[string, Parts, object]>([
  ['an escaped delimiter', { pid: PID.replace('Müller', 'Smith\\T\\Son\\S\\') }, { person: { familyName: 'Smith&Son^' } }],
  ['an escape that nobody can read', { pid: PID.replace('Müller', 'M\\X9A\\') }, { person: { familyName: 'M\\X9A\\' } }],
  ['an escape without an end', { pid: PID.replace('Müller', 'M\\ller') }, { person: { familyName: 'M\\ller' } }],
  ['the surname with its parts', { pid: PID.replace('Müller', 'van Berg&van&Berg') }, { person: { familyName: 'van Berg' } }],
  ['the legal of two names', { pid: PID.replace('Müller^', 'Alias^A^^^^^A~Müller^') }, { person: { familyName: 'Müller' } }],
  ['a time with an offset', { evn: 'EVN||202601150830-0500' }, { atMs: Date.UTC(2026, 0, 15, 13, 30) }],
  [
    'when it happened before when it was recorded',
    { evn: 'EVN||202601150830||||202601150800' },
    { atMs: Date.UTC(2026, 0, 15, 7) },
  ],
  ['when it was sent, where nothing else is said', { evn: 'EVN|A01' }, { atMs: Date.UTC(2026, 0, 15, 7, 31) }],
  ['an outpatient', { pv1: PV1.replace('|I|', '|O|') }, { outpatient: true }],
  ['an authority by its universal id', { pid: PID.replace('^HOSP', '^X&HOSP&ISO') }, { identifiers: [{ system: 'HOSP' }, {}] }],
  ['a visit number without an authority', { pv1: PV1.replace('^^^VIS', '') }, { visit: { system: 'hl7:H1', value: 'V1' } }],
])('%s', (_what, parts, expected) => expect(read(parts)).toMatchObject(expected));

test.each<[string, string, string]>([
  ['"" is nothing said', '||""^Anna||""|""', '{"givenName":"Anna"}'],
  ['a year is no birth date', '||Müller^Anna||1960|F', '{"familyName":"Müller","givenName":"Anna","sex":"female"}'],
  [
    'a sex that is none of the table',
    '||Müller^Anna||19600102|9',
    '{"familyName":"Müller","givenName":"Anna","birthDate":"1960-01-02"}',
  ],
])('%s', (_what, fields, person) => {
  const pid = `PID|1||M1^^^HOSP${fields}`;
  expect(JSON.stringify((read({ event: 'A08', pid }) as { person: object }).person)).toBe(person);
});

test.each<[string, Parts, string]>([
  ['an event that is not supported', { event: 'A31' }, 'unknown-event 201 MSH 9'],
  ['an event that is not the header’s', { evn: 'EVN|A03|202601150830' }, 'unknown-event 201 EVN 1'],
  ['a message of a test', { msh11: 'T' }, 'unknown-event 202 MSH 11'],
  ['no PID', { pid: null }, 'missing-segment 100 PID -'],
  ['no PV1', { pv1: null }, 'missing-segment 100 PV1 -'],
  ['no EVN', { evn: null }, 'missing-segment 100 EVN -'],
  ['no MRG', { event: 'A40' }, 'missing-segment 100 MRG -'],
  ['two patients', { more: [PID] }, 'ambiguous-patient 100 PID -'],
  ['two places', { more: [PV1] }, 'ambiguous-patient 100 PV1 -'],
  ['two merges', { event: 'A40', more: ['MRG|A^^^HOSP', 'MRG|B^^^HOSP'] }, 'ambiguous-patient 100 MRG -'],
  ['no identifier', { pid: 'PID|1||||Müller^Anna' }, 'missing-field 101 PID 3'],
  ['a time to the day', { evn: 'EVN||20260115' }, 'missing-field 102 EVN 2'],
  ['a time that was twice', { evn: 'EVN||20251026023000' }, 'missing-field 102 EVN 2'],
  ['a birth date that is no day', { pid: PID.replace('19600102', '19601302') }, 'missing-field 102 PID 7'],
  ['a name without an end', { pid: PID.replace('Müller', 'M'.repeat(81)) }, 'missing-field 102 PID 5'],
  ['a record number without an end', { pid: PID.replace('M1', 'M'.repeat(65)) }, 'missing-field 102 PID 3'],
  ['a place without an end', { pv1: PV1.replace('ICU', 'I'.repeat(121)) }, 'missing-field 102 PV1 3'],
  ['a place before without an end', { pv1: PV1.replace('WARD', 'W'.repeat(121)) }, 'missing-field 102 PV1 6'],
  ['a visit number without an end', { pv1: PV1.replace('|V1', `|${'V'.repeat(65)}`) }, 'missing-field 102 PV1 19'],
  ['a merged number without an end', { event: 'A40', more: [`MRG|${'M'.repeat(65)}^^^HOSP`] }, 'missing-field 102 MRG 1'],
])('%s is a fault at its place', (_what, parts, expected) => {
  const { reason, code, segment, field } = read(parts) as Exclude<ReturnType<typeof readAdt>, { kind: unknown }>;
  expect(`${reason} ${code} ${segment} ${field ?? '-'}`).toBe(expected);
});

test('of a message at fault it is said whose it is, so that what follows waits', () => {
  expect(read({ evn: null })).toMatchObject({ about: [{ value: 'M1' }, { value: '99' }, { value: 'V1' }] });
});

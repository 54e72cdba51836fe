import type { AuditRow } from '@vigil/contracts';
import { BULK_PATIENTS, bulkTimes, type FlagFacts, flagsOf, surnameOf } from './audit-flags.js';

const HOUR = 3_600_000;
const row = (more: Partial<Record<keyof AuditRow, unknown>> = {}): AuditRow =>
  ({
    ...{ seq: 1, atMs: 100 * HOUR, actor: 'amy', roles: ['nurse'], action: 'patient.read', object: 'patient:pat-1' },
    ...{
      patientIds: ['pat-1'],
      outcome: 'allowed',
      detail: '',
      ip: '::1',
      stationId: null,
      sessionRef: 's',
      purpose: 'treatment',
    },
    ...{ grantId: null, ...more },
  }) as AuditRow;

const facts = (more: Partial<FlagFacts> = {}): FlagFacts => ({
  relations: { stays: [{ careUnitId: 'icu' as never, fromMs: 90 * HOUR, toMs: 99 * HOUR }], pages: [] },
  duties: new Map([['amy', [{ staffId: 'amy' as never, careUnitId: 'icu' as never, fromMs: 95 * HOUR, toMs: null }]]]),
  sameSurname: new Set(),
  bulk: new Map(),
  ...more,
});

const duty = (careUnitId: string, fromMs: number, toMs: number | null): FlagFacts['duties'] =>
  new Map([['amy', [{ staffId: 'amy' as never, careUnitId: careUnitId as never, fromMs, toMs }]]]);

describe('flagsOf', () => {
  test.each([
    ['a duty where the patient lay, and a stay that ended an hour before', row(), facts(), []],
    ['a duty in another care unit', row(), facts({ duties: duty('imc', 95 * HOUR, null) }), ['noRelation']],
    ['no duty at all', row(), facts({ duties: new Map() }), ['noRelation', 'offDuty']],
    ['a duty that ended two hours before', row(), facts({ duties: duty('icu', 80 * HOUR, 98 * HOUR) }), ['offDuty']],
    ['a duty that ended two days before', row(), facts({ duties: duty('icu', 10 * HOUR, 52 * HOUR) }), ['noRelation', 'offDuty']],
    ['a duty that begins later', row(), facts({ duties: duty('icu', 101 * HOUR, null) }), ['noRelation', 'offDuty']],
    ['a look of before the stay', row({ atMs: 89 * HOUR }), facts({ duties: duty('icu', 0, null) }), ['noRelation']],
    ['an emergency access', row({ grantId: 'bg-1' }), facts({ duties: duty('imc', 95 * HOUR, null) }), ['breakGlass']],
    [
      'a page for an alarm of theirs an hour before',
      row(),
      facts({
        duties: new Map(),
        relations: { stays: [], pages: [{ staffId: 'amy' as never, atMs: 99 * HOUR }] },
      }),
      [],
    ],
    [
      'a page that came afterwards',
      row(),
      facts({
        duties: new Map(),
        relations: { stays: [], pages: [{ staffId: 'amy' as never, atMs: 101 * HOUR }] },
      }),
      ['noRelation', 'offDuty'],
    ],
    ['the same family name', row(), facts({ sameSurname: new Set(['amy']) }), ['sameSurname']],
    ['many records within the hour', row(), facts({ bulk: new Map([['amy', [99.5 * HOUR]]]) }), ['bulk']],
    ['what was refused', row({ outcome: 'refused' }), facts({ duties: new Map() }), []],
    ['a screen of the care unit', row({ actor: 'station:st-1' }), facts({ duties: new Map() }), []],
    ['who looked into the trail', row({ action: 'audit.read' }), facts({ duties: new Map() }), []],
  ])('%s', (_, given, known, flags) => {
    expect(flagsOf(given, known)).toEqual(flags);
  });
});

describe('bulkTimes', () => {
  const opening = (n: number, everyMs: number): AuditRow[] =>
    Array.from({ length: n }, (_, i) => row({ atMs: i * everyMs, patientIds: [`pat-${i}`] }));

  test('as many as are many, within an hour', () => {
    expect(bulkTimes(opening(BULK_PATIENTS, 60_000))).toEqual([(BULK_PATIENTS - 1) * 60_000]);
    expect(bulkTimes(opening(BULK_PATIENTS - 1, 60_000))).toEqual([]);
  });

  test('the same number over a shift is none', () => {
    expect(bulkTimes(opening(3 * BULK_PATIENTS, 600_000))).toEqual([]);
  });

  test('one record opened again and again is one; a list of all beds is none', () => {
    expect(bulkTimes(Array.from({ length: 100 }, (_, i) => row({ atMs: i }))).length).toBe(0);
    expect(bulkTimes(Array.from({ length: 100 }, (_, i) => row({ atMs: i, patientIds: [`a-${i}`, `b-${i}`] }))).length).toBe(0);
  });
});

test('a family name is the last word, whatever its case and width', () => {
  expect(surnameOf('Ben  NG')).toBe('ng');
  expect(surnameOf('Ｂｅｎ Ｎｇ')).toBe('ng');
  expect(surnameOf('Cher')).toBe(null);
});

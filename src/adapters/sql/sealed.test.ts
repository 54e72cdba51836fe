import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BedId, Patient, PatientId } from '@vigil/contracts';
import { nextPages } from '@vigil/domain';
import { batch, transition } from '../../../test/contract/alarm-fixtures.js';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';
import type { Who } from '../../ports/directory.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const who = (): Who => ({
  audit: auditEntry({ actor: 'eve', action: 'test', object: '', outcome: 'allowed' }),
  nowMs: t.clock.nowMs(),
  wallMs: t.clock.wallMs(),
});
const newPage = {
  pageId: 'page-1',
  staffId: 'amy' as never,
  channel: 'smtp',
  address: 'amy@hospital.test',
  step: 0,
  reason: '',
  subject: 'TEST',
  text: 'TEST page',
  tokenHash: 'hash',
  test: true,
} as const;
const anna = Patient.parse({
  patientId: 'pat-3',
  mrn: 'ZX-77 12',
  familyName: 'Canaryström',
  givenName: 'Annabella',
  birthDate: '1971-05-06',
  sex: 'female',
});
const pat = (n: number) => PatientId.parse(`pat-${n}`);

/** Somebody who can write to the database, past Vigil. */
function meddle(statement: string): void {
  const db = new DatabaseSync(t.file);
  try {
    db.exec(statement);
  } finally {
    db.close();
  }
}

/** Files of the folder in which the text stands. */
function filesWith(text: string): readonly string[] {
  return readdirSync(t.folder).filter((name) => readFileSync(join(t.folder, name)).includes(text));
}

const tampered = async () => (await t.auditTrail.list({ limit: 100 })).items.filter((row) => row.action === 'record.tampered');

test('no file of the folder holds a name, a record number, a birth date or an address in clear', async () => {
  await t.directory.createPatient(anna, who());
  expect(await t.directory.patient(pat(3))).toEqual(anna);
  for (const text of ['Canaryström', 'Annabella', 'ZX-77', '1971-05-06', 'TESTMAN', 'amy@hospital']) {
    expect(filesWith(text)).toEqual([]);
  }
  expect(filesWith('pat-3')).not.toEqual([]);
});

describe('look-up', () => {
  beforeEach(() => t.directory.createPatient(anna, who()));
  const ids = async (wanted: Parameters<typeof t.directory.searchPatients>[0]) =>
    (await t.directory.searchPatients(wanted)).map(({ patientId }) => patientId);

  test.each(['ZX-77 12', 'zx7712', ' Zx.77-12 ', 'ＺＸ７７１２'])('record number %s finds the patient', async (mrn) => {
    expect(await ids({ mrn })).toEqual(['pat-3']);
  });

  test.each(['canaryström', 'CANARYSTRÖM', ' Canaryström ', 'Canarystro\u0308m'])(
    'name %s finds the patient',
    async (familyName) => {
      expect(await ids({ familyName, birthDate: '1971-05-06' })).toEqual(['pat-3']);
    },
  );

  test('nothing but what was asked for is found', async () => {
    expect(await ids({ mrn: 'ZX-771' })).toEqual([]);
    expect(await ids({ familyName: 'Canarystrom', birthDate: '1971-05-06' })).toEqual([]);
    expect(await ids({ familyName: 'Canaryström', birthDate: '1971-05-07' })).toEqual([]);
  });

  test('a record number that differs in spelling alone is taken', async () => {
    const other = { ...anna, patientId: pat(4), mrn: 'zx7712' };
    await expect(t.directory.createPatient(other, who())).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('whoever changes sealed values in the database', () => {
  const swap = (column: string) =>
    meddle(
      `update patient set ${column} = (select o.${column} from patient o where o.patient_id = 'pat-2') where patient_id = 'pat-1'`,
    );

  test.each([
    ['another patient', () => swap('family_name')],
    ['another column', () => meddle("update patient set family_name = given_name where patient_id = 'pat-1'")],
    ['a cut value', () => meddle("update patient set sex = substr(sex, 1, 30) where patient_id = 'pat-1'")],
    ['clear text', () => meddle("update patient set family_name = 'Smith' where patient_id = 'pat-1'")],
    ['a newer format', () => meddle("update patient set mrn = 'vsf.' || 'BBBB' where patient_id = 'pat-1'")],
    ['a whole other row', () => ['mrn', 'family_name', 'given_name', 'birth_date', 'sex'].forEach((column) => swap(column))],
  ])('and puts in %s is found out: the record is refused, the rest is shown, it is on record once', async (_what, change) => {
    change();
    await expect(t.directory.patient(pat(1))).rejects.toMatchObject({ code: 'record-tampered' });
    const beds = await t.directory.beds();
    expect(beds).toHaveLength(3);
    expect(beds[0]!.encounter).toMatchObject({ patientId: 'pat-1', patient: null, unreadable: 'tampered' });
    expect((await t.directory.patients({ limit: 10 })).items.map(({ patientId }) => patientId)).toEqual(['pat-2']);
    await expect(t.directory.patient(pat(1))).rejects.toMatchObject({ code: 'record-tampered' });
    await t.close();
    t = { ...t, ...(await t.again()) };
    expect(await tampered()).toMatchObject([{ object: 'row:patient/pat-1', outcome: 'failed' }]);
  });

  test('swaps an address: that way to reach the person is left out, and it is on record', async () => {
    meddle(
      "update contact_method set address = (select o.address from contact_method o where o.staff_id = 'ben') where staff_id = 'amy'",
    );
    expect(await t.escalations.contacts('amy' as never)).toEqual([]);
    expect(await t.escalations.contacts('ben' as never)).toHaveLength(1);
  });
});

describe('while the key service is away', () => {
  const HOUR_MS = 3_600_000;

  test('what is in memory is shown, then beds go on without names, and names come back by themselves', async () => {
    await t.directory.beds();
    t.stopKeys(true);
    expect((await t.directory.bed(BedId.parse('icu-1')))!.encounter).toMatchObject({ patient: { familyName: 'TESTMAN' } });
    await t.clock.advance(HOUR_MS + 1);
    expect((await t.directory.bed(BedId.parse('icu-1')))!.encounter).toMatchObject({ patient: null, unreadable: 'away' });
    expect(await t.directory.beds()).toHaveLength(3);
    await expect(t.directory.patient(pat(1))).rejects.toMatchObject({ code: 'keys-unavailable', retryable: true });
    await expect(t.directory.patients({ limit: 5 })).rejects.toMatchObject({ code: 'keys-unavailable' });
    expect(await tampered()).toEqual([]);
    t.stopKeys(false);
    await t.clock.advance(60_000);
    expect((await t.directory.bed(BedId.parse('icu-1')))!.encounter).toMatchObject({ patient: { familyName: 'TESTMAN' } });
  });

  test('whoever has to be paged is: neither the address nor the first page ever waits for a key', async () => {
    t.stopKeys(true);
    await t.clock.advance(10 * HOUR_MS);
    await t.alarmState.commit(batch([transition()]));
    const wallMs = t.clock.wallMs();
    const [due] = await t.escalations.due(wallMs, 1);
    const step = nextPages(due!.escalation, due!.route, due!.onDuty, wallMs);
    const page = { ...newPage, expiresAtMs: wallMs + 1 };
    expect(await t.escalations.advance(due!, step, [page], wallMs, wallMs)).toBe(true);
    expect(await t.escalations.claimPages(wallMs, 1, new Map([['smtp', 1]]))).toMatchObject([
      { text: 'TEST page', address: 'amy@hospital.test' },
    ]);
    expect(await t.escalations.contacts('amy' as never)).toEqual([
      { contactId: 'amy/smtp', channel: 'smtp', address: 'amy@hospital.test', demo: true },
    ]);
  });
});

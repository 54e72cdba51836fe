import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BedId, EncounterId, Patient, PatientId } from '@vigil/contracts';
import { openKeyFile, rotateKeyFile } from '@vigil/sealed-records';
import { Kysely } from 'kysely';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';
import type { Who } from '../../ports/directory.js';
import { MIGRATIONS } from './migrations/index.js';
import { NodeSqliteDialect } from './node-sqlite.js';
import { writeChanges } from './seal-old.js';
import { SEALED, type SealedColumns } from './sealed-columns.js';
import { migrate, openSql } from './sql.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const who = (action = 'test'): Who => ({
  audit: auditEntry({ actor: 'eve', action, object: '', outcome: 'allowed' }),
  nowMs: t.clock.nowMs(),
  wallMs: t.clock.wallMs(),
});
const pat = (n: number) => PatientId.parse(`pat-${n}`);
const person = (n: number): Patient =>
  Patient.parse({
    patientId: pat(n),
    mrn: `MRN-${n}`,
    familyName: `Canary${n}`,
    givenName: 'Ann',
    birthDate: '1971-05-06',
    sex: 'other',
  });

function look<T>(file: string, query: string): T[] {
  const db = new DatabaseSync(join(t.folder, file));
  try {
    return db.prepare(query).all() as T[];
  } finally {
    db.close();
  }
}

const filesWith = (text: string) => readdirSync(t.folder).filter((name) => readFileSync(join(t.folder, name)).includes(text));

function emptyLog(file: string): void {
  look(file, 'pragma wal_checkpoint(truncate)');
}

/** An older keys.db from its backup. */
function putBack(copy: string): void {
  for (const name of ['keys.db', 'keys.db-wal', 'keys.db-shm']) rmSync(join(t.folder, name), { force: true });
  renameSync(join(t.folder, copy), join(t.folder, 'keys.db'));
}

async function workAll(): Promise<void> {
  while ((await t.recordKeys.work()).more);
}

describe('erasing a patient', () => {
  beforeEach(async () => void (await t.directory.createPatient(person(3), who())));
  const subjectKey = () => look<{ wrapped: string }>('keys.db', "select wrapped from subject_key where subject = 'pat-3'")[0]!;
  const sealedName = () =>
    look<{ family_name: string }>('vigil.db', "select family_name from patient where patient_id = 'pat-3'")[0]!;

  test('leaves neither a key nor a name in any file, and shows the patient to nobody', async () => {
    const { wrapped } = subjectKey();
    expect(filesWith(wrapped)).not.toEqual([]);
    const result = await t.recordKeys.erasePatient(pat(3), who());
    expect(result).toEqual({ state: 'destroyed', erasedAtMs: t.clock.wallMs() });
    expect(filesWith(wrapped)).toEqual([]);
    expect(filesWith('Canary3')).toEqual([]);
    expect(await t.directory.patient(pat(3))).toBeNull();
    expect((await t.directory.patients({ limit: 10 })).items.map((p) => p.patientId)).toEqual(['pat-1', 'pat-2']);
    expect(await t.directory.searchPatients({ mrn: 'MRN-3' })).toEqual([]);
    expect(await t.recordKeys.status()).toMatchObject({ erasedPatients: 1, left: { toErase: 0 } });
  });

  test('what a copy of the database still holds opens no more, also after a restart', async () => {
    const { family_name } = sealedName();
    await t.recordKeys.erasePatient(pat(3), who());
    const db = new DatabaseSync(t.file);
    db.prepare("update patient set family_name = ?, erased_wall_ms = null where patient_id = 'pat-3'").run(family_name);
    db.close();
    const again = await t.again();
    await expect(again.directory.patient(pat(3))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is the same when it comes again, and everything else goes on', async () => {
    const first = await t.recordKeys.erasePatient(pat(3), who());
    await t.clock.advance(60_000);
    expect(await t.recordKeys.erasePatient(pat(3), who())).toEqual(first);
    expect((await t.directory.bed(BedId.parse('icu-1')))!.encounter).toMatchObject({ patient: { familyName: 'TESTMAN' } });
  });

  test('gives the record number free, not the id: nobody becomes who was erased', async () => {
    await t.recordKeys.erasePatient(pat(3), who());
    await expect(t.directory.createPatient(person(3), who())).rejects.toMatchObject({ code: 'conflict' });
    const other = { ...person(3), patientId: pat(4) };
    expect(await t.directory.createPatient(other, who())).toEqual(other);
    const admission = { encounterId: EncounterId.parse('enc-9'), patientId: pat(3), bedId: BedId.parse('icu-2'), atMs: 1 };
    await expect(t.directory.admit(admission, who())).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is refused while the patient lies in a bed, is held, or does not exist', async () => {
    await expect(t.recordKeys.erasePatient(pat(1), who())).rejects.toMatchObject({ code: 'conflict' });
    await expect(t.recordKeys.erasePatient(pat(9), who())).rejects.toMatchObject({ code: 'not-found' });
    const hold = { holdId: 'hold-1', patientId: pat(3), reason: 'litigation', reference: '' } as never;
    await t.auditLog.setHold(hold, { staffId: 'eve', ...who() });
    await expect(t.recordKeys.erasePatient(pat(3), who())).rejects.toMatchObject({ code: 'conflict' });
    await t.auditLog.liftHold('hold-1', { staffId: 'eve', ...who() });
    expect(await t.recordKeys.erasePatient(pat(3), who())).toMatchObject({ state: 'destroyed' });
  });

  test('that was cut off between record and keys is ended by the next round', async () => {
    const db = new DatabaseSync(t.file);
    db.exec("update patient set erased_wall_ms = 5, mrn = '', mrn_index = null where patient_id = 'pat-3'");
    db.close();
    expect(await t.recordKeys.status()).toMatchObject({ left: { toErase: 1 } });
    expect(await t.recordKeys.work()).toMatchObject({ left: { toErase: 0 } });
    expect(look('keys.db', "select * from subject_key where subject = 'pat-3'")).toEqual([]);
  });

  test('is not undone by an older keys.db that is put back: the first round destroys the keys again', async () => {
    const { wrapped } = subjectKey();
    emptyLog('keys.db');
    copyFileSync(join(t.folder, 'keys.db'), join(t.folder, 'keys.old'));
    await t.recordKeys.erasePatient(pat(3), who());
    await t.close();
    putBack('keys.old');
    expect(filesWith(wrapped)).toEqual(['keys.db']);
    const again = await t.again();
    await again.recordKeys.work();
    expect(filesWith(wrapped)).toEqual([]);
    expect(look('keys.db', "select * from subject_key where subject = 'pat-3'")).toEqual([]);
  });

  test('is not undone by site.yaml, which names the patient still', async () => {
    await t.directory.discharge(EncounterId.parse('enc-1'), t.clock.nowMs(), who());
    await t.recordKeys.erasePatient(pat(1), who());
    await t.seed();
    expect(await t.directory.patient(pat(1))).toBeNull();
    expect((await t.directory.bed(BedId.parse('icu-1')))!.encounter).toBeNull();
  });
});

describe('rotation', () => {
  const keysOf = async () => (await t.recordKeys.status()).keyEncryptionKeys;

  test('of the key-encryption key wraps every data key anew; then the old one is needed no more', async () => {
    const [old] = await keysOf();
    await t.recordKeys.rotate('key-encryption', who('key.rotate'));
    await workAll();
    const after = await t.recordKeys.status();
    expect(after.keyEncryptionKeys).toEqual([{ keyId: after.currentKeyId, dataKeys: old!.dataKeys }]);
    expect(after).toMatchObject({ left: { toRewrap: 0 } });
    expect(after.currentKeyId).not.toBe(old!.keyId);
    const file = join(t.folder, 'kek.json');
    expect((await openKeyFile(file, { create: 'never' })).currentKeyId).toBe(after.currentKeyId);
  });

  test('of the key-encryption key is on record once, whoever did it', async () => {
    const rows = async () => (await t.auditTrail.list({ limit: 20 })).items.filter(({ action }) => action === 'key.rotate');
    await t.recordKeys.rotate('key-encryption', who('key.rotate'));
    await workAll();
    expect(await rows()).toMatchObject([{ actor: 'eve' }]);
    const keyId = await rotateKeyFile(join(t.folder, 'kek.json'));
    await workAll();
    await workAll();
    expect(await rows()).toMatchObject([
      { actor: 'system:keys', detail: expect.stringContaining(keyId) as unknown },
      { actor: 'eve' },
    ]);
  });

  test('of the data keys seals every row anew, a batch at a time, and all stays readable meanwhile', async () => {
    for (let n = 10; n < 130; n++) await t.directory.createPatient(person(n), who());
    const sealed = () => look<{ mrn: string }>('vigil.db', 'select mrn from patient order by patient_id').map((row) => row.mrn);
    const before = sealed();
    await t.recordKeys.rotate('data', who('key.rotate'));
    expect((await t.recordKeys.status()).left.toReseal).toBeGreaterThanOrEqual(122);
    for (let rounds = 0, more = true; more; rounds++) {
      ({ more } = await t.recordKeys.work());
      expect((await t.directory.patient(pat(10 + rounds)))!.familyName).toBe(`Canary${10 + rounds}`);
    }
    const after = sealed();
    expect(after.filter((text, i) => text === before[i])).toEqual([]);
    expect(await t.recordKeys.status()).toMatchObject({ left: { toReseal: 0 } });
    expect((await t.directory.patients({ limit: 500 })).items).toHaveLength(122);
    const again = await t.again();
    expect(await again.recordKeys.work()).toMatchObject({ more: false, left: { toReseal: 0 } });
    expect((await again.directory.patient(pat(129)))!.mrn).toBe('MRN-129');
  });

  test('goes on after a restart where rows are left', async () => {
    await t.recordKeys.rotate('data', who('key.rotate'));
    const again = await t.again();
    expect((await again.recordKeys.status()).left.toReseal).toBeGreaterThan(0);
    while ((await again.recordKeys.work()).more);
    expect((await again.recordKeys.status()).left.toReseal).toBe(0);
  });

  test('writes no row that has changed since it was read: a page that was sent stays emptied', async () => {
    const sql = await openSql({ file: t.file });
    const before = { contact_id: 'amy/smtp', address: 'vsf.read-before', label: '' };
    const changes = [{ before, after: { ...before, address: 'vsf.sealed-anew' } }];
    expect(await writeChanges(sql, SEALED.contactMethod as unknown as SealedColumns, changes)).toBe(0);
    expect(look('vigil.db', "select * from contact_method where address = 'vsf.sealed-anew'")).toEqual([]);
    await sql.close();
  });

  test('leaves a row that was tampered with as it is', async () => {
    const db = new DatabaseSync(t.file);
    db.exec("update patient set family_name = given_name where patient_id = 'pat-1'");
    db.close();
    await t.recordKeys.rotate('data', who('key.rotate'));
    await workAll();
    await expect(t.directory.patient(pat(1))).rejects.toMatchObject({ code: 'record-tampered' });
    expect(await t.recordKeys.status()).toMatchObject({ left: { toReseal: 0 } });
  });

  test('waits while the key service is away, is refused for data keys, and is on record', async () => {
    t.stopKeys(true);
    expect(await t.recordKeys.work()).toMatchObject({ away: 'key-away', more: false });
    expect(await t.recordKeys.status()).toMatchObject({ service: 'away' });
    await expect(t.recordKeys.rotate('data', who('key.rotate'))).rejects.toMatchObject({ code: 'keys-unavailable' });
    t.stopKeys(false);
    expect(await t.recordKeys.work()).toMatchObject({ away: null });
    await t.recordKeys.rotate('data', who('key.rotate'));
    expect((await t.auditTrail.list({ limit: 5 })).items[0]).toMatchObject({ action: 'key.rotate', actor: 'eve' });
  });
});

describe('a start without the keys of what is sealed', () => {
  const refusal = async (): Promise<string> => {
    const error = await t.again().then(
      () => null,
      (e: unknown) => e as Error & { code: string; cause: Error },
    );
    expect(error).toMatchObject({ code: 'keys-unavailable' });
    return error!.cause.message;
  };
  const gone = (name: string) => renameSync(join(t.folder, name), join(t.folder, `${name}.away`));

  test('is refused for a missing kek.json, and no new one is made', async () => {
    gone('kek.json');
    expect(await refusal()).toMatch(/kek\.json is missing; restore it from its backup/);
    expect(readdirSync(t.folder)).not.toContain('kek.json');
  });

  test('is refused for a missing keys.db, and no new one is made', async () => {
    await t.close();
    gone('keys.db');
    expect(await refusal()).toMatch(/keys\.db is missing; restore it from its backup/);
    expect(readdirSync(t.folder)).not.toContain('keys.db');
  });

  test('is refused for the key file of another installation', async () => {
    gone('kek.json');
    await openKeyFile(join(t.folder, 'kek.json'), { create: 'if-missing' });
    expect(await refusal()).toMatch(/kek\.json has no key .* from its backup/);
  });

  test('is refused for a keys.db of before a rotation: addresses of staff would be sealed under keys that it lacks', async () => {
    emptyLog('keys.db');
    copyFileSync(join(t.folder, 'keys.db'), join(t.folder, 'keys.old'));
    await t.recordKeys.rotate('data', who());
    await workAll();
    await t.close();
    putBack('keys.old');
    expect(await refusal()).toMatch(/keys\.db is older than the database/);
  });

  test('is refused for a keys.db without the key of an index: a new one would find nobody', async () => {
    await t.close();
    const db = new DatabaseSync(join(t.folder, 'keys.db'));
    db.exec("delete from shard_key where purpose = 'index:patient-mrn'");
    db.close();
    expect(await refusal()).toMatch(/keys\.db is older than the database/);
  });

  test('is refused for the keys.db of another installation', async () => {
    await t.close();
    const other = await openTestStores();
    await other.close();
    for (const name of ['keys.db', 'kek.json']) {
      rmSync(join(t.folder, name));
      renameSync(join(other.folder, name), join(t.folder, name));
    }
    await other.end();
    expect(await refusal()).toMatch(/keys\.db does not open what is sealed here/);
  });
});

test('a folder of the version before is sealed at its first start, and no file keeps the clear text', async () => {
  await t.close();
  for (const name of readdirSync(t.folder)) rmSync(join(t.folder, name));
  await writeOldFolder(t.file);
  expect(filesWith('OLDNAME-7')).toEqual(['vigil.db']);
  const stores = await t.again();
  expect((await stores.directory.patients({ limit: 500 })).items).toHaveLength(250);
  expect(await stores.directory.searchPatients({ mrn: 'm7' })).toMatchObject([{ patientId: 'old-7', familyName: 'OLDNAME-7' }]);
  for (const text of ['OLDNAME-', 'old@hospital', 'OLD PAGE']) expect(filesWith(text)).toEqual([]);
});

test('a first start that is cut off goes on with what is left', async () => {
  await t.close();
  for (const name of readdirSync(t.folder)) rmSync(join(t.folder, name));
  await writeOldFolder(t.file);
  const cut = t.again('platform-cut', (_table, rows) => {
    if (rows >= 200) throw new Error('cut off');
  });
  await expect(cut).rejects.toThrow('cut off');
  const stores = await t.again();
  expect((await stores.directory.patients({ limit: 500 })).items).toHaveLength(250);
  expect(filesWith('OLDNAME-')).toEqual([]);
});

test('a first start that is cut off when all is sealed still takes the clear text out of the file', async () => {
  await t.close();
  for (const name of readdirSync(t.folder)) rmSync(join(t.folder, name));
  await writeOldFolder(t.file);
  const cut = t.again('platform-cut', (table) => {
    if (table === 'page') throw new Error('cut off');
  });
  await expect(cut).rejects.toThrow('cut off');
  expect(filesWith('OLDNAME-')).not.toEqual([]);
  await t.again();
  for (const text of ['OLDNAME-', 'old@hospital', 'OLD PAGE']) expect(filesWith(text)).toEqual([]);
});

/** What the version before this one left: 250 patients, an address and a page in clear. */
async function writeOldFolder(file: string): Promise<void> {
  const old = new Kysely<object>({ dialect: new NodeSqliteDialect(file) });
  const before = Object.entries(MIGRATIONS).filter(([name]) => name < '0004');
  await migrate(old, Object.fromEntries(before));
  await old.destroy();
  const db = new DatabaseSync(file);
  for (let n = 0; n < 250; n++) {
    db.prepare('insert into patient values (?, ?, ?, ?, ?, ?)').run(
      `old-${n}`,
      `M-${n}`,
      `OLDNAME-${n}`,
      'Jo',
      '1950-01-01',
      'male',
    );
  }
  db.exec("insert into staff values ('amy', 'Amy', '[]'); insert into contact_method values ('amy', 'smtp', 'old@hospital', 0)");
  db.exec(`insert into alarm values ('a', 1, null, null, null, 1, 1, 'on', 1, 0, 0, null, null, null, '{}');
    insert into page values ('p', 'a', 'amy', 'smtp', 0, '', 'old@hospital', 's', 'OLD PAGE', 'h', 0, 0, 1, 'queued', 1, 0, null, null, 0, 0, null)`);
  db.close();
}

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSigningKeyFile } from '@vigil/audit-chain';
import { PatientId } from '@vigil/contracts';
import { FileAnchor } from '../../src/adapters/audit-anchors/file-anchor.js';
import { AUDIT_GUARDS } from '../../src/adapters/sql/audit-triggers.js';
import { Checkpoints } from '../../src/audit/checkpoints.js';
import { verifyAuditCommand, type VerifyAuditOptions } from '../../src/composition/verify-audit-command.js';
import { exportLines } from '../../src/audit/export.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { openTestStores, type TestStores } from './sql-fixture.js';

let t: TestStores;
let own: string;
let state: string;
beforeEach(async () => {
  t = await openTestStores();
  own = mkdtempSync(join(tmpdir(), 'vigil-verify-'));
  state = join(own, 'officer', 'state.json');
});
afterEach(async () => {
  await t.end();
  rmSync(own, { recursive: true, force: true });
});

const anchorFile = (): string => join(t.folder, 'audit', 'anchor.txt');

/** Writes entries, signs the log, and gives the note to the file anchor. */
async function write(count: number, options: { readonly isAnchored?: boolean } = {}): Promise<void> {
  const anchor = new FileAnchor(anchorFile());
  const entry = auditEntry({ actor: 'amy', action: 'bed.read', object: 'bed:icu-1', outcome: 'allowed' });
  await Promise.all(Array.from({ length: count }, () => t.auditTrail.append(entry, t.clock.wallMs())));
  const notes: string[] = [];
  const loop = new Checkpoints({
    log: t.auditLog,
    clock: t.clock,
    openSigner: (create) => openSigningKeyFile(join(t.folder, 'audit', 'signing-key.json'), { create }),
    publish: (note) => void notes.push(note),
    report: { made: () => undefined, broken: (why) => expect(why).toBe(''), away: (error) => expect(error).toBeNull() },
  });
  await loop.look(true);
  if (options.isAnchored === false) return;
  for (const note of notes) await anchor.publish({ note, proofFrom: () => Promise.resolve([]) });
}

async function verify(more: Partial<VerifyAuditOptions> = {}): Promise<{ readonly code: number; readonly text: string }> {
  const lines: string[] = [];
  const out = (line: string): void => void lines.push(line);
  const code = await verifyAuditCommand({ dataDir: t.folder, state, env: {}, out, progress: () => undefined, ...more });
  return { code, text: lines.join('\n') };
}

function tamper(...statements: string[]): void {
  const db = new DatabaseSync(t.file);
  for (const { name } of AUDIT_GUARDS) db.exec(`DROP TRIGGER ${name}`);
  for (const statement of statements) db.exec(statement);
  for (const { body } of AUDIT_GUARDS) db.exec(`CREATE TRIGGER ${body}`);
  db.close();
}

test('a log in order is said to be, beside the running platform, and what was seen is remembered elsewhere', async () => {
  await write(30);
  const first = await verify();
  expect(first.text).toMatch(/^first look: the keys in .*public-keys\.txt are believed/);
  expect(first.text).toMatch(/IN ORDER up to entry \d+, signed 20.*; remembered in .*state\.json$/);
  expect(first.code).toBe(0);
  expect(statSync(state).mode & 0o777).toBe(0o600);
  await write(5);
  const second = await verify();
  expect(second.code).toBe(0);
  expect(second.text).toMatch(/last seen: up to entry/);
  expect(second.text).not.toMatch(/first look/);
});

test('it changes nothing in the data folder', async () => {
  await write(30);
  const before = readFileSync(t.file);
  await verify();
  expect(readFileSync(t.file).equals(before)).toBe(true);
});

test('an entry that was changed is named, with what to do', async () => {
  await write(30);
  tamper(`UPDATE audit SET content = replace(content, '"amy"', '"eve"') WHERE seq = 12`);
  const { code, text } = await verify();
  expect(code).toBe(1);
  expect(text).toMatch(/^EDITED: entry 12 was changed after it was written$/m);
  expect(text).toMatch(/^DO: Keep the database file as evidence/m);
  expect(existsSync(state)).toBe(false);
});

test('a log that was cut together with every file of the data folder is found by what was seen last', async () => {
  await write(20, { isAnchored: false });
  copyFileSync(t.file, join(own, 'older.db'));
  const olderDb = new DatabaseSync(t.file);
  olderDb.exec(`VACUUM INTO '${join(own, 'backup.db')}'`);
  olderDb.close();
  await write(20, { isAnchored: false });
  expect((await verify()).code).toBe(0);
  const { code, text } = await verify({ db: join(own, 'backup.db') });
  expect(code).toBe(1);
  expect(text).toMatch(
    /^TRUNCATED: one or more of entry \d+ to \d+ is missing at the end of the log \(last seen has seen more.*\)$/m,
  );
});

test('a log with a new name and new keys in the place of a known one is not taken for a new log', async () => {
  await write(20, { isAnchored: false });
  expect((await verify()).code).toBe(0);
  rmSync(join(t.folder, 'audit'), { recursive: true });
  tamper('DELETE FROM audit_checkpoint', "DELETE FROM audit_state WHERE name = 'checkpoint'");
  await write(1, { isAnchored: false });
  const { code, text } = await verify();
  expect(code).toBe(1);
  expect(text).toMatch(/CHECKPOINT: .*not signed by a known key/);
});

test('checkpoints from a saved mail count, and are named', async () => {
  await write(20);
  const mail = join(own, 'mail.txt');
  writeFileSync(mail, `Dear officer,\r\n\r\n${readFileSync(anchorFile(), 'utf8').trim().replaceAll('\n', '\r\n')}\r\n\r\nbye`);
  const { code, text } = await verify({ anchor: [mail] });
  expect(code).toBe(0);
  expect(text).toMatch(/mail\.txt: up to entry \d+, 20/);
});

test.each([
  ['there is no database', { db: '/nowhere/vigil.db' }, /^CANNOT VERIFY: .*is not a database with an audit log/],
  ['there is no public key', { publicKey: 'EMPTY' }, /^CANNOT VERIFY: there is no public key/m],
])('when %s it says that nothing can be said', async (_, more, line) => {
  await write(5);
  const empty = join(own, 'empty.txt');
  writeFileSync(empty, '# none\n');
  const { code, text } = await verify('publicKey' in more ? { publicKey: empty } : more);
  expect([code, line.test(text)]).toEqual([2, true]);
});

test('a log that nobody ever signed can not be verified', async () => {
  await t.auditTrail.append(auditEntry({ actor: 'amy', action: 'bed.read', object: 'bed:icu-1', outcome: 'allowed' }), 1);
  mkdirSync(join(own, 'keys'));
  openSigningKeyFile(join(own, 'keys', 'k.json'), { create: true });
  const { code, text } = await verify({ publicKey: join(own, 'keys', 'public-keys.txt') });
  expect(code).toBe(2);
  expect(text).toMatch(/CANNOT VERIFY: no checkpoint of a known key/);
});

describe('an export', () => {
  const patientId = PatientId.parse('pat-1');

  /** Entries about the patient among others, signed, and the export of it all, or of one patient, as text. */
  async function exported(of: PatientId | undefined, fromMs?: number): Promise<string> {
    await write(20);
    const about = auditEntry({
      actor: 'ben',
      action: 'patient.read',
      object: 'patient:pat-1',
      outcome: 'allowed',
      patientIds: [patientId],
    });
    for (let n = 0; n < 3; n += 1) await t.auditTrail.append(about, t.clock.wallMs() + 1_000);
    await write(20);
    let text = '';
    for await (const line of exportLines(t.auditLog, { patientId: of, fromMs, toMs: undefined })) text += line;
    return text;
  }

  async function verifyText(text: string): Promise<{ readonly code: number; readonly text: string }> {
    const path = join(own, 'export.ndjson');
    writeFileSync(path, text);
    return verify({ export: path });
  }

  test('of everything, or of a stretch, is in order without the database', async () => {
    const text = await exported(undefined);
    expect((await verifyText(text)).text).toMatch(/^IN ORDER up to entry \d+, signed/m);
    const later = await exported(undefined, t.clock.wallMs() + 1);
    expect(later).toMatch(/"afterSeq":[1-9]/);
    expect(await verifyText(later)).toMatchObject({ code: 0 });
  });

  test('of which an entry was changed or left out is named', async () => {
    const text = await exported(undefined);
    expect((await verifyText(text.replace('"value\\":\\"ben', '"value\\":\\"eve'))).text).toMatch(/^EDITED: .*entry \d+/m);
    const cut = text.split('\n').filter((line) => !line.includes('"seq":15,'));
    const told = cut.join('\n').replace(/"kind":"end","entries":(\d+)/, (_, n) => `"kind":"end","entries":${Number(n) - 1}`);
    expect((await verifyText(told)).text).toMatch(/^DELETED: entry 15 is missing/m);
  });

  test('of one patient shows that each entry is in the log, and says what it can not show', async () => {
    const text = await exported(patientId);
    const { code, text: said } = await verifyText(text);
    expect(said).toMatch(/^IN ORDER: 3 entries are in the log that was signed/m);
    expect(said).toMatch(/none of this patient was left out can only be seen from the whole log/);
    expect(code).toBe(0);
    const forged = await verifyText(text.replace('"value\\":\\"ben', '"value\\":\\"eve'));
    expect([forged.code, /^EDITED: entry \d+/m.test(forged.text)]).toEqual([1, true]);
    const unproven = await verifyText(text.replace(/"size":\d+,"path":\[[^\]]*\]/, '"size":null,"path":[]'));
    expect(unproven.code).toBe(1);
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, text.lastIndexOf('{"kind":"end"')), /it was cut off/],
    ['no export', () => 'hello\n', /a line is not of an export/],
  ])('that is %s can not be verified', async (_, spoil, why) => {
    const { code, text } = await verifyText(spoil(await exported(undefined)));
    expect([code, why.test(text)]).toEqual([2, true]);
  });

  test('whose checkpoints somebody else signed can not be verified', async () => {
    const text = await exported(patientId);
    openSigningKeyFile(join(own, 'other', 'k.json'), { create: true });
    const path = join(own, 'export.ndjson');
    writeFileSync(path, text);
    expect((await verify({ export: path, publicKey: join(own, 'other', 'public-keys.txt') })).code).toBe(2);
  });
});

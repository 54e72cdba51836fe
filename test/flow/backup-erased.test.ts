/** CK-S35: whoever is erased after a back-up was made does not come back from it, whichever copy of the keys is used. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Keyring, openKeyFile } from '@vigil/sealed-records';
import { SqlDataKeys } from '../../src/adapters/sql/data-keys.js';
import { AuditKeeperModule } from '../../src/audit/audit-keeper.module.js';
import { backupCommand, backupKeyCommand, type CommandParts } from '../../src/composition/backup-command.js';
import { restoreCommand } from '../../src/composition/restore-command.js';
import { type Api, startApi } from './api-fixture.js';

const NO_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };
const folder = mkdtempSync(join(tmpdir(), 'vigil-backup-erased-'));
const at = (...names: string[]): string => join(folder, ...names);
let api: Api;
let parts: CommandParts;
const said: string[] = [];
beforeAll(async () => {
  api = await startApi({ workers: [AuditKeeperModule.from(NO_LOG)] });
  parts = { dataDir: api.dataDir, env: {}, clock: api.clock, out: (line) => void said.push(line), progress: () => undefined };
});
afterAll(async () => {
  await api.end();
  rmSync(folder, { recursive: true, force: true });
});

const backUp = (): Promise<void> =>
  backupCommand(parts, {
    ...{ dataTarget: at('data'), keysTarget: at('keys'), everyMin: null, isFull: false, keepDays: 35, mibPerS: 0 },
    signal: new AbortController().signal,
  });

const restore = (into: string, keys: string, more: { data?: string; atMs?: number; erasedFile?: string } = {}): Promise<void> =>
  restoreCommand(parts, {
    atMs: more.atMs,
    erasedFile: more.erasedFile,
    dataFolder: at(more.data ?? 'data'),
    keysFolder: at(keys),
    recoveryFile: at('recovery.json'),
    into: at(into),
  });

/** The family name of the patient as it stands in a database. */
function sealedName(dataDir: string): string {
  const db = new DatabaseSync(join(dataDir, 'vigil.db'), { readOnly: true });
  try {
    return String(db.prepare("SELECT family_name FROM patient WHERE patient_id = 'bak-1'").get()?.['family_name']);
  } finally {
    db.close();
  }
}

async function openWith(dataDir: string, sealed: string): Promise<string> {
  const store = await SqlDataKeys.open(join(dataDir, 'keys.db'));
  try {
    const keys = await openKeyFile(join(dataDir, 'kek.json'), { create: 'never' });
    const keyring = await Keyring.open({ keys, store, clock: api.clock, pinned: [] });
    const place = { purpose: 'patient', subject: 'bak-1', table: 'patient', column: 'family_name', row: 'bak-1' };
    return await keyring.open(place, sealed).catch((error: { code: string }) => error.code);
  } finally {
    await store.close();
  }
}

function filesWith(where: string, text: string): readonly string[] {
  const entries = readdirSync(where, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name)).filter((path) => readFileSync(path).includes(text));
}

test('a patient who is erased after a back-up is in none of its bytes, and the audit log is in order', async () => {
  const [carol, eve] = [await api.token('carol'), await api.token('eve')];
  const person = {
    patientId: 'bak-1',
    mrn: 'BAK-1',
    familyName: 'Canarybackup',
    givenName: 'Ada',
    birthDate: '1944-04-04',
    sex: 'female',
  };
  expect((await api.call('POST', '/api/v1/patients', { as: carol, body: person })).status).toBe(201);
  // A checkpoint is signed each minute.
  await api.clock.advance(60_000);
  backupKeyCommand(parts, at('recovery.json'), false);
  await backUp();
  const beforeMs = api.clock.wallMs();
  for (const name of ['keys', 'data']) cpSync(at(name), at(`older-${name}`), { recursive: true });
  const sealed = sealedName(api.dataDir);
  // Not erased yet: the back-up brings the patient back, so that what follows is the erasure's doing.
  await restore('as-it-was', 'keys');
  expect(await openWith(at('as-it-was'), sealedName(at('as-it-was')))).toBe('Canarybackup');

  await api.clock.advance(60_000);
  expect(
    (await api.call('POST', '/api/v1/patients/bak-1/erase', { as: eve, body: { reason: 'patient-request' } })).status,
  ).toBeLessThan(300);
  await backUp();

  const cases = [
    { into: 'newest-keys', keys: 'keys', more: { atMs: beforeMs } },
    { into: 'older-keys-back', keys: 'older-keys', more: { atMs: beforeMs } },
    // Both folders from before the erasure: only a newer list says that it was.
    { into: 'all-older', keys: 'older-keys', more: { data: 'older-data', erasedFile: at('data', 'erased.vge') } },
  ];
  for (const { into, keys, more } of cases) {
    said.length = 0;
    await restore(into, keys, more);
    expect(said.join('\n')).toMatch(/^audit {5}IN ORDER/m);
    expect(said.join('\n')).toMatch(/^ERASED {4}1 patients who were erased after this back-up/m);
    expect(filesWith(at(into), 'Canarybackup')).toEqual([]);
    expect(await openWith(at(into), sealed)).toBe('erased');
    expect(sealedName(at(into))).toBe('');
    expect(filesWith(at(into), sealed)).toEqual([]);
  }
  for (const target of ['data', 'keys']) expect(filesWith(at(target), 'Canarybackup')).toEqual([]);
}, 120_000);

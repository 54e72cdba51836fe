/** Data keys in a PostgreSQL database of their own, which machines share: the move there, what is shared, and what is refused. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import type { PatientId } from '@vigil/contracts';
import { backupCommand } from '../../src/composition/backup-command.js';
import { Command } from 'commander';
import { addSiteCommands } from '../../src/composition/site-command.js';
import { withCommandStores } from '../../src/composition/command-stores.js';
import { examineKeys } from '../../src/composition/key-findings.js';
import { keysRetire, keysRotate, keysStatus } from '../../src/composition/keys-command.js';
import { keysMoveCommand } from '../../src/composition/keys-move-command.js';
import { readSettings } from '../../src/config.js';
import type { SqlStores } from '../../src/adapters/sql/index.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { everythingIn, onPostgres, type PostgresServer, postgresOfTests } from '../support/postgres.js';
import { passwordHashes, site } from './sql-fixture.js';

const postgres: PostgresServer | null = await postgresOfTests();
const here = postgres === null ? describe.skip : describe;
afterAll(() => postgres?.stop());

interface Machine {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
}

here('data keys in a database', () => {
  let folder: string;
  let urls: { readonly data: string; readonly keys: string };
  let one: Machine;
  let two: Machine;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vigil-keys-'));
    urls = { data: await postgres!.empty(), keys: await postgres!.empty() };
    const env = { DATABASE_URL: urls.data, KEYS_DATABASE_URL: urls.keys };
    one = { dataDir: mkdtempSync(join(folder, 'one-')), env };
    two = { dataDir: mkdtempSync(join(folder, 'two-')), env };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const seeded = (machine: Machine) =>
    withCommandStores(machine, (stores, clock) =>
      stores.directory.seed(site, passwordHashes, { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: 1 }),
    );
  const nameIn = async (stores: SqlStores): Promise<string | undefined> => {
    const bed = (await stores.directory.beds()).find(({ bedId }) => bedId === 'icu-1');
    return bed?.encounter?.patient?.familyName ?? undefined;
  };
  const nameAt = (machine: Machine) => withCommandStores(machine, nameIn);
  const inFile = (machine: Machine): Machine => ({ ...machine, env: { DATABASE_URL: urls.data } });
  const shareKek = (): void => copyFileSync(join(one.dataDir, 'kek.json'), join(two.dataDir, 'kek.json'));
  const causeOf = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return String((error as { cause?: Error } | null)?.cause?.message ?? (error as Error | null)?.message);
  };
  const who = (action: string, object: string) => ({
    ...{ nowMs: 5, wallMs: 5 },
    audit: auditEntry({ actor: 'eve', action, object, outcome: 'allowed' }),
  });

  test('two machines read what each has sealed, and a dump of the data holds no key', async () => {
    await seeded(one);
    shareKek();
    expect(await nameAt(two)).toBe('TESTMAN');
    expect([existsSync(join(one.dataDir, 'keys.db')), existsSync(join(two.dataDir, 'keys.db'))]).toEqual([false, false]);
    const wrapped = await onPostgres(urls.keys, (client) => client.query<{ wrapped: string }>('select wrapped from subject_key'));
    expect(wrapped.rows.length).toBeGreaterThan(1);
    const data = await everythingIn(urls.data);
    for (const row of wrapped.rows) expect(data).not.toContain(row.wrapped);
  }, 60_000);

  test('an erasure on one machine leaves no key for the other one, nor in the file of the table', async () => {
    await seeded(one);
    shareKek();
    const keysOf = async (patient: string): Promise<number> => {
      const { rows } = await onPostgres(urls.keys, (client) =>
        client.query<{ n: string }>('select count(*) as n from subject_key where subject = $1', [patient]),
      );
      return Number(rows[0]!.n);
    };
    const fileOf = async (): Promise<string> => {
      const { rows } = await onPostgres(urls.keys, (client) =>
        client.query<{ file: string }>("select pg_relation_filepath('subject_key') as file"),
      );
      return rows[0]!.file;
    };
    // She lies in no bed, so that her record may be erased.
    const patientId = 'pat-2' as PatientId;
    expect(await keysOf(patientId)).toBeGreaterThan(0);
    const before = await fileOf();
    await withCommandStores(one, (stores) => stores.recordKeys.erasePatient(patientId, who('patient.erase', patientId)));
    expect(await keysOf(patientId)).toBe(0);
    expect(await fileOf()).not.toBe(before);
    await withCommandStores(two, async (stores) => {
      expect(await nameIn(stores)).toBe('TESTMAN');
      expect((await stores.recordKeys.status()).erasedPatients).toBe(1);
    });
  }, 60_000);

  test('the move takes everything along, verifies it, and leaves no file; done twice it has nothing to do', async () => {
    await seeded(inFile(one));
    expect(await causeOf(nameAt(one))).toContain('keys move');
    const program = new Command();
    addSiteCommands(program, { dataDir: () => one.dataDir, env: one.env, out: () => undefined });
    const exported = program.parseAsync(['site', 'export'], { from: 'user' });
    await expect(exported).rejects.toThrow(/^keys-unavailable: .* keys move/);
    expect(await examineKeys({ ...one, wallMs: Date.now(), keys: 'file' })).toMatchObject([
      { ok: false, say: expect.stringContaining('keys move') as string },
    ]);
    expect((await keysMoveCommand(one)).join(' ')).toContain('keys.db is gone');
    expect(existsSync(join(one.dataDir, 'keys.db'))).toBe(false);
    expect(await nameAt(one)).toBe('TESTMAN');
    await expect(keysMoveCommand(one)).rejects.toThrow(/nothing to move/);
    await expect(nameAt(inFile(one))).rejects.toMatchObject({ code: 'keys-unavailable' });
    expect((await examineKeys({ ...one, wallMs: Date.now(), keys: 'file' })).every(({ ok }) => ok)).toBe(true);
    const audit = await withCommandStores(one, (stores) => stores.auditTrail.list({ limit: 5 }));
    expect(audit.items.map(({ action }) => action)).toContain('keys.move');
  }, 60_000);

  test('a move that was cut off before its end is ended; into a database with other keys nothing goes', async () => {
    await seeded(inFile(one));
    copyFileSync(join(one.dataDir, 'keys.db'), join(folder, 'kept.db'));
    await keysMoveCommand(one);
    copyFileSync(join(folder, 'kept.db'), join(one.dataDir, 'keys.db'));
    expect((await keysMoveCommand(one)).join(' ')).toContain('is gone');
    await onPostgres(urls.keys, (client) =>
      client.query(
        "update shard_key set key_id = 'another-' || shard || purpose where shard = (select max(shard) from shard_key)",
      ),
    );
    copyFileSync(join(folder, 'kept.db'), join(one.dataDir, 'keys.db'));
    await expect(keysMoveCommand(one)).rejects.toThrow(/holds other keys .* nothing was moved/);
    expect(existsSync(join(one.dataDir, 'keys.db'))).toBe(true);
  }, 60_000);

  test('refused: the database of the data itself, a machine without the key-encryption key, a back-up, and the setting by itself', async () => {
    await seeded(inFile(one));
    const same: Machine = { ...one, env: { ...one.env, KEYS_DATABASE_URL: urls.data } };
    expect(await causeOf(nameAt(same))).toContain('holds the data');
    await expect(keysMoveCommand(same)).rejects.toThrow(/holds the data/);
    await keysMoveCommand(one);
    expect(await causeOf(nameAt(two))).toContain('kek.json');
    const backup = { dataTarget: folder, keysTarget: folder, everyMin: null, isFull: false, keepDays: 1, mibPerS: 1 };
    const parts = { ...one, clock: new FakeClock(), out: () => undefined, progress: () => undefined };
    const backedUp = backupCommand(parts, { ...backup, signal: AbortSignal.abort() });
    await expect(backedUp).rejects.toThrow(/which no back-up holds yet/);
    expect(() => readSettings({ KEYS_DATABASE_URL: urls.keys })).toThrow(/needs DATABASE_URL/);
    expect(() => readSettings({ DATABASE_URL: urls.data, KEYS_DATABASE_URL: 'mysql://x' })).toThrow(/KEYS_DATABASE_URL/);
    const away: Machine = { ...one, env: { ...one.env, KEYS_DATABASE_URL: 'postgres://localhost/keys?sslmode=no' } };
    await expect(nameAt(away)).rejects.toThrow(/^KEYS_DATABASE_URL: sslmode is one of/);
  }, 60_000);

  test('a key-encryption key is kept while keys in the database need it, also where they can not be asked', async () => {
    await seeded(one);
    const [platform] = (await keysStatus(one, Date.now())).flatMap((line) => /(kek-\w+) {2}current/.exec(line)?.[1] ?? []);
    await keysRotate(one, 'platform');
    await expect(keysRetire(one, platform!)).rejects.toThrow(/still wraps \d+ of platform/);
    const gone = { ...one, env: { ...one.env, KEYS_DATABASE_URL: urls.data } };
    await expect(keysRetire(gone, platform!)).rejects.toThrow(/can't be used: bring it back/);
    await expect(keysRetire(inFile(one), platform!)).rejects.toThrow(/keys\.db is missing/);
    await withCommandStores(one, (stores) => stores.recordKeys.work());
    expect(await keysRetire(one, platform!)).toMatch(/^retired/);
    expect(await nameAt(one)).toBe('TESTMAN');
  }, 90_000);
});

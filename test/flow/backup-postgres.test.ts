/** CK-R34 and CK-S35 with a PostgreSQL database: a back-up of database and folder together, its restore, and whoever was erased since. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring, openKeyFile } from '@vigil/sealed-records';
import { SqlDataKeys } from '../../src/adapters/sql/data-keys.js';
import { databaseUrlOf } from '../../src/adapters/sql/database-url.js';
import { openSql } from '../../src/adapters/sql/index.js';
import { BACKUP_NAME } from '../../src/adapters/sql/restore-mark.js';
import { AuditKeeperModule } from '../../src/audit/audit-keeper.module.js';
import { backupCommand, backupKeyCommand, type CommandParts } from '../../src/composition/backup-command.js';
import { restoreCommand } from '../../src/composition/restore-command.js';
import { everythingIn, onPostgres, postgresOfTests } from '../support/postgres.js';
import { type Api, startApi } from './api-fixture.js';

const NO_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };
const postgres = await postgresOfTests();
const here = postgres === null ? describe.skip : describe;
const folder = mkdtempSync(join(tmpdir(), 'vigil-backup-pg-'));
const at = (...names: string[]): string => join(folder, ...names);
let api: Api;
let url: string;
let parts: CommandParts;
const said: string[] = [];
afterAll(async () => {
  await api?.end();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const backUp = (): Promise<void> =>
  backupCommand(parts, {
    ...{ dataTarget: at('data'), keysTarget: at('keys'), everyMin: null, isFull: false, keepDays: 35, mibPerS: 0 },
    signal: new AbortController().signal,
  });

/** @param to URL of the database; left out: none is named */
function restore(into: string, to?: string, atMs?: number): Promise<void> {
  const places = { dataFolder: at('data'), keysFolder: at('keys'), recoveryFile: at('recovery.json'), into: at(into) };
  return restoreCommand({ ...parts, env: to === undefined ? {} : { DATABASE_URL: to } }, { ...places, atMs });
}

async function sealedName(database: string): Promise<string> {
  const { rows } = await onPostgres(database, (client) =>
    client.query<{ family_name: string }>("select family_name from patient where patient_id = 'bak-1'"),
  );
  return rows[0]!.family_name;
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

const tablesOf = (database: string): Promise<readonly string[]> =>
  onPostgres(database, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' union select proname from pg_proc where pronamespace = 'public'::regnamespace",
    );
    return rows.map(({ name }) => name).sort();
  });

const count = (database: string, of: string): Promise<number> =>
  onPostgres(database, async (client) =>
    Number((await client.query<{ n: string }>(`select count(*) as n from ${of}`)).rows[0]!.n),
  );

/** Whether the file of the table still has it, also where no row does. */
const inPages = (database: string, text: string): Promise<boolean> =>
  onPostgres(database, async (client) => {
    await client.query('checkpoint');
    const { rows } = await client.query<{ at: number }>(
      "select position(convert_to($1, 'UTF8') in pg_read_binary_file(pg_relation_filepath('patient'))) as at",
      [text],
    );
    return rows[0]!.at > 0;
  });

here('a site with its store in PostgreSQL', () => {
  let sealed: string;
  let beforeMs: number;
  beforeAll(async () => {
    url = await postgres!.empty();
    const env = { DATABASE_URL: url };
    api = await startApi({ workers: [AuditKeeperModule.from(NO_LOG)], env });
    parts = { dataDir: api.dataDir, env, clock: api.clock, out: (line) => void said.push(line), progress: () => undefined };
    const person = { mrn: 'BAK-1', familyName: 'Canarybackup', givenName: 'Ada', birthDate: '1944-04-04', sex: 'female' };
    const body = { patientId: 'bak-1', ...person };
    expect((await api.call('POST', '/api/v1/patients', { as: await api.token('carol'), body })).status).toBe(201);
    // A checkpoint is signed each minute.
    await api.clock.advance(60_000);
    backupKeyCommand(parts, at('recovery.json'), false);
    await backUp();
    beforeMs = api.clock.wallMs();
    sealed = await sealedName(url);
  }, 120_000);
  beforeEach(() => void (said.length = 0));

  test('is restored into an empty database and an empty folder: every row, its guards, the audit log in order', async () => {
    const into = await postgres!.empty();
    await restore('back', into);
    expect(said.join('\n')).toMatch(/^audit {5}IN ORDER/m);
    expect(await openWith(at('back'), await sealedName(into))).toBe('Canarybackup');
    expect(await inPages(into, sealed)).toBe(true);
    expect(await tablesOf(into)).toEqual(await tablesOf(url));
    for (const table of ['patient', 'staff', 'bed', 'encounter']) expect(await count(into, table)).toBe(await count(url, table));
    await expect(onPostgres(into, (client) => client.query('delete from audit'))).rejects.toThrow(/append-only/);
    expect(readdirSync(at('back')).sort()).toContain('history.db');
    expect(existsSync(at('back', 'postgres'))).toBe(false);
    const sql = await openSql({ file: '', url: databaseUrlOf(into) });
    await sql.close();
  }, 60_000);

  test('a second run writes what changed, and neither folder holds a name in clear', async () => {
    await api.clock.advance(60_000);
    await backUp();
    const [, looked, written] = /what changed: ([\d.]+) MiB looked at, ([\d.]+) MiB/.exec(said[0]!)!;
    expect(Number(written)).toBeLessThan(Number(looked) / 4);
    for (const target of ['data', 'keys']) {
      for (const entry of readdirSync(at(target), { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) expect(readFileSync(join(entry.parentPath, entry.name)).includes('Canarybackup')).toBe(false);
      }
    }
    expect(existsSync(join(api.dataDir, 'backup', 'staging'))).toBe(false);
  }, 60_000);

  test('a database with something in it, none, or one that is away is refused before anything is written', async () => {
    const used = await postgres!.empty();
    await onPostgres(used, (client) => client.query('create table holiday (day text)'));
    await expect(restore('refused', used)).rejects.toMatchObject({
      code: 'target',
      message: expect.stringMatching(/not empty \(holiday\)/),
    });
    await expect(restore('refused', url)).rejects.toMatchObject({ code: 'target', message: expect.stringMatching(/not empty/) });
    await expect(restore('refused')).rejects.toMatchObject({ message: expect.stringMatching(/DATABASE_URL/) });
    const away = 'postgres://vigil:hunter2@127.0.0.1:1/none';
    await expect(restore('refused', away)).rejects.toMatchObject({
      code: 'target',
      message: expect.not.stringMatching(/hunter2/),
    });
    expect(existsSync(at('refused'))).toBe(false);
    expect(await tablesOf(used)).toEqual(['holiday']);
  }, 60_000);

  test('a database that is away while a back-up is made is told, and the run before stays', async () => {
    const before = readdirSync(at('data', 'runs'));
    const gone = { ...parts, env: { DATABASE_URL: 'postgres://vigil:hunter2@127.0.0.1:1/none' } };
    const options = { dataTarget: at('data'), keysTarget: at('keys'), everyMin: null, isFull: false, keepDays: 35, mibPerS: 0 };
    const failing = backupCommand(gone, { ...options, signal: new AbortController().signal });
    await expect(failing).rejects.toMatchObject({
      code: 'target',
      message: expect.stringMatching(/^the database 127.0.0.1:1\/none can't be read/),
    });
    expect(readdirSync(at('data', 'runs'))).toEqual(before);
    expect(readdirSync(at('data', 'packs')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('nothing starts in a database whose restore was cut off, and the next restore begins anew', async () => {
    const into = await postgres!.empty();
    await onPostgres(into, (client) =>
      client.query('create table vigil_restoring (since timestamptz); create table patient (half text)'),
    );
    const start = openSql({ file: '', url: databaseUrlOf(into) });
    const cause = expect.objectContaining({ message: expect.stringMatching(/a restore into the database .* did not end/) });
    await expect(start).rejects.toMatchObject({ code: 'store-unavailable', retryable: false, cause });
    await restore('again', into);
    expect(await count(into, 'patient')).toBe(await count(url, 'patient'));
    await (await openSql({ file: '', url: databaseUrlOf(into) })).close();
  }, 60_000);

  test('a restore that fails at its end leaves folder and database as empty as they were', async () => {
    const into = await postgres!.empty();
    // The log of the hub is asked which one it is, and this is none.
    const places = { dataFolder: at('data'), keysFolder: at('keys'), recoveryFile: at('recovery.json'), into: at('failed') };
    const env = {
      DATABASE_URL: into,
      EVENT_HUBS_CONNECTION_STRING: 'Endpoint=sb://h/',
      INFLUX_URL: 'http://127.0.0.1:1',
      INFLUX_TOKEN: 't',
      INFLUX_ORG: 'o',
      INFLUX_BUCKET: 'b',
    };
    await expect(restoreCommand({ ...parts, env }, { ...places, atMs: undefined })).rejects.toThrow(/INFLUX_URL/);
    expect(await tablesOf(into)).toEqual([]);
    expect(existsSync(at('failed')) ? readdirSync(at('failed')) : []).toEqual([]);
    await restore('failed', into);
    expect(await count(into, 'patient')).toBe(await count(url, 'patient'));
  }, 60_000);

  test('a change of the tables does not wait for a back-up: the back-up ends', async () => {
    const into = await postgres!.empty();
    await (await openSql({ file: '', url: databaseUrlOf(into) })).close();
    await onPostgres(into, (client) =>
      client.query('delete from kysely_migration where name = (select max(name) from kysely_migration)'),
    );
    const ended = onPostgres(into, async (client) => {
      client.on('error', () => undefined);
      await client.query(`set application_name = '${BACKUP_NAME}'; begin; select * from patient`);
      // The last migration adds tables that are there: it fails, after the back-up was ended.
      await expect(openSql({ file: '', url: databaseUrlOf(into) })).rejects.toMatchObject({ code: 'store-unavailable' });
      await client.query('select 1');
    });
    await expect(ended).rejects.toThrow(/terminat|closed|Connection/i);
  }, 60_000);

  test('a patient who is erased after a back-up is in none of the bytes of a restored database', async () => {
    await api.clock.advance(60_000);
    const as = await api.token('eve');
    const erased = await api.call('POST', '/api/v1/patients/bak-1/erase', { as, body: { reason: 'patient-request' } });
    expect(erased.status).toBeLessThan(300);
    await backUp();
    said.length = 0;
    const into = await postgres!.empty();
    await restore('erased', into, beforeMs);
    expect(said.join('\n')).toMatch(/^audit {5}IN ORDER/m);
    expect(said.join('\n')).toMatch(/^ERASED {4}1 patients who were erased after this back-up/m);
    expect(await sealedName(into)).toBe('');
    expect(await openWith(at('erased'), sealed)).toBe('erased');
    expect((await everythingIn(into)).includes(sealed)).toBe(false);
    expect(await inPages(into, sealed)).toBe(false);
  }, 120_000);
});

import { existsSync } from 'node:fs';
import { PlatformError } from '@vigil/domain';
import { Keyring, type KeyPort, SealError, SITE } from '@vigil/sealed-records';
import { SqlDataKeys } from './data-keys.js';
import type { DatabaseUrl } from './database-url.js';
import { PERSON_INDEXES } from './person-index.js';
import { PINNED_PURPOSES } from './sealed-columns.js';
import type { Sql } from './sql.js';

/** Opens the key-encryption keys. `never`: sealed data are there, so a missing key may not be replaced by a new one. */
export type OpenKeys = (options: { readonly create: 'if-missing' | 'never' }) => Promise<KeyPort>;

export interface KeyringOptions {
  readonly sql: Sql;
  /** The file of data keys, e.g. `<data dir>/keys.db`; not looked at where there is a `keysUrl`. */
  readonly keysFile: string;
  /** A PostgreSQL database for data keys alone, which processes on several machines share. */
  readonly keysUrl?: DatabaseUrl | null;
  readonly openKeys: OpenKeys;
  readonly clock: { wallMs(): number };
}

export interface OpenedKeyring {
  readonly keyring: Keyring;
  readonly dataKeys: SqlDataKeys;
}

/** A known text, sealed: whoever can open it has the keys that belong to this database. */
const CHECK_NAME = 'key-check';
const CHECK_TEXT = 'vigil';
const CHECK_PLACE = { purpose: 'check', subject: SITE, table: 'meta', column: 'content', row: CHECK_NAME };

/**
 * Opens the data keys of this database, or makes them where nothing is sealed yet. Fails closed: sealed rows without
 * their key files, or with other ones, end the start.
 *
 * @throws PlatformError('keys-unavailable') whose cause says in one line which file to restore or what to bring back
 */
export async function openKeyring({ sql, keysFile, keysUrl = null, openKeys, clock }: KeyringOptions): Promise<OpenedKeyring> {
  const check = await checkOf(sql);
  const where = keysUrl === null ? keysFile : `the database of keys ${keysUrl.where}`;
  if (check !== undefined && keysUrl === null && !existsSync(keysFile)) {
    throw refused(new SealError('key-unknown', `sealed rows are there, but ${keysFile} is missing; restore it from its backup`));
  }
  const dataKeys = keysUrl === null ? await SqlDataKeys.open(keysFile) : await SqlDataKeys.openPostgres(keysUrl);
  try {
    const { shardKeys } = await dataKeys.counts();
    if (check !== undefined && keysUrl !== null && shardKeys.length === 0) throw noKeysIn(where);
    const keys = await openKeys({ create: check === undefined && shardKeys.length === 0 ? 'if-missing' : 'never' });
    const opening = Keyring.open({ keys, store: dataKeys, clock, pinned: PINNED_PURPOSES });
    const keyring = await opening.catch((error: unknown) => Promise.reject(naming(where, error)));
    if (check === undefined) await writeCheck(sql, keyring);
    else {
      await requireOwnKeys(keyring, check, where);
      await requireNewestKeys({ sql, keyring, dataKeys, where });
    }
    await warmPinned(keyring);
    return { keyring, dataKeys };
  } catch (error) {
    await dataKeys.close();
    throw error instanceof SealError ? refused(error) : error;
  }
}

function noKeysIn(where: string): SealError {
  const says = 'run `npm run vigil -- keys move` where its keys.db is, or restore the database of keys from its backup';
  return new SealError('key-unknown', `sealed rows are there, but ${where} has no keys: ${says}`);
}

async function checkOf(sql: Sql): Promise<string | undefined> {
  const row = await sql.query((db) => db.selectFrom('meta').select('content').where('name', '=', CHECK_NAME).executeTakeFirst());
  return row?.content;
}

/** Of two processes that start at once, one text stays; both can open it. */
async function writeCheck(sql: Sql, keyring: Keyring): Promise<void> {
  const content = await keyring.seal(CHECK_PLACE, CHECK_TEXT);
  await sql.query((db) =>
    db
      .insertInto('meta')
      .values({ name: CHECK_NAME, content })
      .onConflict((c) => c.doNothing())
      .execute(),
  );
}

/** What pages need is made and in memory before the first alarm, also on a new site whose key service goes away then. */
export async function warmPinned(keyring: Keyring): Promise<void> {
  const places = PINNED_PURPOSES.map((purpose) => ({ ...CHECK_PLACE, purpose }));
  await keyring.sealMany(places.map((place) => ({ place, plaintext: CHECK_TEXT })));
}

async function requireOwnKeys(keyring: Keyring, check: string, where: string): Promise<void> {
  try {
    await keyring.open(CHECK_PLACE, check);
  } catch (error) {
    if (!(error instanceof SealError) || error.retryable) throw error;
    throw new SealError(error.code, `${where} does not open what is sealed here: ${error.message}`, error);
  }
}

/**
 * An older `keys.db` opens the known text and yet lacks keys. Without those of addresses nobody is paged, and a second key
 * of an index would find nobody; names that can't be opened are shown as that, and hold up no start.
 */
async function requireNewestKeys({
  sql,
  keyring,
  dataKeys,
  where,
}: OpenedKeyring & Pick<KeyringOptions, 'sql'> & { readonly where: string }): Promise<void> {
  const lacks = (what: string): SealError =>
    new SealError('key-unknown', `${where} is older than the database: it has no key of ${what}; restore the newest copy of it`);
  const contacts = await sql.query((db) => db.selectFrom('contact_method').select('address').execute());
  for (const { address } of contacts) {
    await keyring.isStale(address).catch((error: unknown) => {
      if (!(error instanceof SealError)) throw error;
      // What was tampered with is left out and put on record by whoever reads it.
      if (error.code === 'key-unknown') throw lacks('the addresses of staff');
    });
  }
  const indexed = await sql.query((db) =>
    db.selectFrom('patient').select('patient_id').where('mrn_index', 'is not', null).limit(1).executeTakeFirst(),
  );
  if (indexed === undefined) return;
  for (const name of PERSON_INDEXES) {
    if ((await dataKeys.shardKeyAt(`index:${name}`, 0, 1)) === null) throw lacks('an index');
  }
}

/** Either of the two files may be the wrong one, so both are named. */
function naming(where: string, error: unknown): unknown {
  if (!(error instanceof SealError) || error.retryable) return error;
  return new SealError(error.code, `${where} can't be opened: ${error.message}`, error);
}

function refused(cause: SealError): PlatformError {
  return new PlatformError('keys-unavailable', {}, cause.retryable, cause);
}

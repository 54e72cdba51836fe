import { existsSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_BYTES_MAX, headerKeyId, keyFileIds, SealError } from '@vigil/sealed-records';
import { SqlDataKeys } from '../adapters/sql/data-keys.js';
import { databaseOf, type KeysPlace, keysOf } from './database.js';
import { KEY_FILE } from './open-keys.js';

export type KeyPart = 'platform' | 'gateway' | 'hub';

/** A key file of the data folder, and what still needs each of its keys. */
export interface KeyFileState {
  readonly part: KeyPart;
  readonly file: string;
  readonly current: string;
  readonly keys: readonly { readonly id: string; /** Data keys or segments that it wraps. */ readonly uses: number }[];
  /** Uses of keys that the file does not have: what they wrap can't be opened. */
  readonly missing: readonly { readonly id: string; readonly uses: number }[];
  /** When a key was added or taken out last. */
  readonly changedWallMs: number;
}

/** Where key files are looked for, and by which settings what needs them. */
export interface KeyMachine {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Segments begin with a few bytes of their log's own; the header of sealed records follows. */
const MAGIC = Buffer.from('VSR\0', 'latin1');
const HEAD_BYTES_MAX = 64;

/** The folders whose key files `vigil keys` looks after. */
export function keyFolders(dataDir: string): readonly { readonly part: KeyPart; readonly folder: string }[] {
  return [
    { part: 'platform', folder: dataDir },
    { part: 'gateway', folder: join(dataDir, 'gateway') },
    { part: 'hub', folder: join(dataDir, 'hub') },
  ];
}

/**
 * Every key file of the data folder. One that is not there is left out: it is made at the first start, or the keys are
 * in a vault (`VIGIL_KEYS`).
 *
 * @throws SealError when a file is damaged or open to others, with what to do
 */
export async function readKeyFiles({ dataDir, env }: KeyMachine): Promise<readonly KeyFileState[]> {
  const states: KeyFileState[] = [];
  for (const { part, folder } of keyFolders(dataDir)) {
    const file = join(folder, KEY_FILE);
    if (!existsSync(file)) continue;
    const { current, ids } = await keyFileIds(file);
    const uses = part === 'platform' ? await usesOfDataKeys({ dataDir, env }) : await usesOfSegments(folder);
    states.push({
      part,
      file,
      current,
      keys: ids.map((id) => ({ id, uses: uses.get(id) ?? 0 })),
      missing: [...uses].flatMap(([id, count]) => (ids.includes(id) ? [] : [{ id, uses: count }])),
      changedWallMs: statSync(file).mtimeMs,
    });
  }
  return states;
}

async function usesOfDataKeys({ dataDir, env }: KeyMachine): Promise<ReadonlyMap<string, number>> {
  const uses = new Map<string, number>();
  const { file, url } = databaseOf(dataDir, env['DATABASE_URL']);
  const place = keysOf(dataDir, env['KEYS_DATABASE_URL']);
  // With the data there and their keys away, nobody can say what a key is needed for.
  if (place.keysUrl === null && !existsSync(place.keysFile)) {
    if (url === null && !existsSync(file)) return uses;
    throw new SealError('key-unknown', `${place.keysFile} is missing; restore it from its backup`);
  }
  const store = await openDataKeys(place);
  try {
    for (const { kekId, count } of (await store.counts()).shardKeys) uses.set(kekId, (uses.get(kekId) ?? 0) + count);
  } finally {
    await store.close();
  }
  return uses;
}

/** @throws SealError where they can't be reached now, so that no key is taken for one that nothing needs */
async function openDataKeys({ keysFile, keysUrl }: KeysPlace): Promise<SqlDataKeys> {
  if (keysUrl === null) return SqlDataKeys.open(keysFile);
  return SqlDataKeys.openPostgres(keysUrl).catch((cause: unknown) => {
    throw new SealError('key-away', `the database of keys ${keysUrl.where} can't be used: bring it back, then try again`, cause);
  });
}

/** Whether a folder of the gateway or the hub holds sealed segments. */
export function hasSegments(folder: string): boolean {
  return segmentsIn(folder).length > 0;
}

function segmentsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.seg'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** By the header beside a segment where there is one: it is the newer wrapping. */
async function usesOfSegments(folder: string): Promise<ReadonlyMap<string, number>> {
  const uses = new Map<string, number>();
  for (const segment of segmentsIn(folder)) {
    const id = await keyOfSegment(segment);
    if (id !== null) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  return uses;
}

/**
 * Null for a segment that went meanwhile, or whose header is damaged: no key opens that one.
 * @throws SealError where it can't be read now, so that no key is taken for one that nothing needs
 */
async function keyOfSegment(path: string): Promise<string | null> {
  try {
    return (await headerOf(`${path}.key`)) ?? (await headerOf(path));
  } catch (cause) {
    throw new SealError('key-file', `can't read ${path} or the key beside it; look at its rights and its disk`, cause);
  }
}

async function headerOf(path: string): Promise<string | null> {
  try {
    const bytes = await firstBytes(path, HEAD_BYTES_MAX + HEADER_BYTES_MAX);
    const at = bytes.subarray(0, HEAD_BYTES_MAX + MAGIC.length).indexOf(MAGIC);
    return at === -1 ? null : headerKeyId(bytes.subarray(at));
  } catch (error) {
    if (error instanceof SealError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

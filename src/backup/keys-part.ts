import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { BackupError } from './backup-error.js';
import type { Databases, Erased, KeyStoreCopy } from './databases.js';
import { filesOf } from './what.js';

const KEK_FILE = 'kek.json';
/** Made anew by the platform while it runs; the copy of the store that was made before must fit it. */
const SIGNING_KEY_FILE = 'audit/signing-key.json';
const TRIES_MAX = 5;

const KeysBody = z.object({
  format: z.literal(1),
  repositoryKey: z.string(),
  files: z.array(z.object({ path: z.string().regex(/^[^/\\]+(\/[^/\\]+)*$/), mode: z.number(), base64: z.string() })),
  /** Of `keys.db`; null where the site has none. */
  keyStore: z.string().nullable(),
});
export type KeysBody = z.infer<typeof KeysBody>;

const ErasedBody = z.array(z.object({ subject: z.string(), atMs: z.number() }));

export interface KeysPart {
  readonly body: Buffer;
  readonly erased: readonly Erased[];
  readonly files: number;
}

/**
 * Everything without which the data can't be read or nobody may speak, as it is now: after the data were copied, since keys are made
 * before what they seal.
 *
 * @throws BackupError `in-use` when keys are being changed all the time
 */
export function keysPart(dataDir: string, databases: Pick<Databases, 'keyStore'>, repositoryKey: Buffer): KeysPart {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const keyStore = databases.keyStore();
    const files = filesOf(dataDir)
      .filter(({ part }) => part === 'keys')
      .map(({ path, mode }) => ({ path, mode, base64: readFileSync(join(dataDir, path)).toString('base64') }));
    const kek = files.find(({ path }) => path === KEK_FILE);
    if (kek !== undefined && !hasAll(Buffer.from(kek.base64, 'base64').toString(), keyStore)) continue;
    const body: KeysBody = {
      format: 1,
      repositoryKey: repositoryKey.toString('base64'),
      files,
      keyStore: keyStore?.text ?? null,
    };
    return { body: gzipSync(JSON.stringify(body)), erased: keyStore?.erased ?? [], files: files.length };
  }
  throw new BackupError(
    'in-use',
    `${KEK_FILE} does not have the keys that keys.db needs: see \`vigil keys status\`, then try again`,
  );
}

/** What the copy of the audit log has to fit; null where there is none. */
export function signingKeyNow(dataDir: string): string | null {
  try {
    return readFileSync(join(dataDir, SIGNING_KEY_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** @throws BackupError `newer-version` */
export const readKeysPart = (body: Buffer, path: string): KeysBody => bodyOf(KeysBody, body, path);

export const encodeErased = (erased: readonly Erased[]): Buffer => gzipSync(JSON.stringify(erased));

/** @throws BackupError `newer-version` */
export const readErased = (body: Buffer, path: string): readonly Erased[] => bodyOf(ErasedBody, body, path);

function bodyOf<T>(form: z.ZodType<T>, body: Buffer, path: string): T {
  try {
    return form.parse(JSON.parse(gunzipSync(body).toString()));
  } catch (cause) {
    throw new BackupError(
      'newer-version',
      `${path} can't be read by this version of Vigil: restore it with the version that made it`,
      cause,
    );
  }
}

function hasAll(kekText: string, keyStore: KeyStoreCopy | null): boolean {
  return (keyStore?.kekIds ?? []).every((id) => kekText.includes(JSON.stringify(id)));
}

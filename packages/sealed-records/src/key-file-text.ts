import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SealError } from './seal-error.js';

const KEY_BYTES = 32;

/** What a key file holds. */
export interface KeyFile {
  readonly format: 1;
  /** Id of the key that wraps new data keys. */
  readonly current: string;
  /** Every key that may still be needed, the key itself in base64. */
  readonly keys: readonly { readonly id: string; readonly key: string }[];
}

export function freshKey(): { id: string; key: string } {
  return { id: `kek-${randomBytes(6).toString('hex')}`, key: randomBytes(KEY_BYTES).toString('base64') };
}

/**
 * Null when there is no such file.
 * @throws SealError `key-file` when it can't be read, others may read it, or it is malformed
 */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    await refuseWideMode(path);
  } catch (cause) {
    if (cause instanceof SealError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new SealError('key-file', `can't read the key file ${path}; give this process the right to read it`, cause);
  }
  return parse(path, text);
}

/**
 * Makes the file unless there is one: complete and on disk before it gets its name, so a crash leaves either no file or
 * a good one.
 * @throws SealError `key-file`
 */
export async function createKeyFile(path: string): Promise<void> {
  const key = freshKey();
  await writeAside(path, { format: 1, current: key.id, keys: [key] }, async (temporary) => {
    // A link, unlike a rename, does not replace the file of a process that was faster.
    await link(temporary, path).catch((e: NodeJS.ErrnoException) => {
      if (e.code !== 'EEXIST') throw e;
    });
    await unlink(temporary);
  });
}

/** Readers see the old file or the new one, after a crash too. @throws SealError `key-file` */
export function replaceKeyFile(path: string, content: KeyFile): Promise<void> {
  return writeAside(path, content, (temporary) => rename(temporary, path));
}

async function writeAside(path: string, content: KeyFile, putInPlace: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await putInPlace(temporary);
    await syncFolder(dirname(path));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw new SealError('key-file', `can't write the key file ${path}; look at the rights and the space of its folder`, cause);
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function refuseWideMode(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw new SealError('key-file', `${path} has mode ${mode.toString(8)}, others may read the keys; run: chmod 600 ${path}`);
}

function parse(path: string, text: string): KeyFile {
  const malformed = (why: string): SealError =>
    new SealError('key-file', `${path}: ${why}; restore it from its backup, without it sealed data can't be read`);
  let file: KeyFile | null;
  try {
    file = JSON.parse(text) as KeyFile | null;
  } catch {
    throw malformed('not JSON, or cut short');
  }
  if (file?.format !== 1) throw malformed('unknown format');
  if (!Array.isArray(file.keys) || typeof file.current !== 'string') throw malformed('keys or current missing');
  for (const { id, key } of file.keys) {
    if (typeof id !== 'string' || id.length === 0 || Buffer.byteLength(id) > 255) throw malformed('a key without a usable id');
    if (typeof key !== 'string' || Buffer.from(key, 'base64').length !== KEY_BYTES) throw malformed(`key ${id} is not 32 bytes`);
  }
  if (new Set(file.keys.map(({ id }) => id)).size !== file.keys.length) throw malformed('two keys have the same id');
  if (!file.keys.some(({ id }) => id === file.current)) throw malformed('current names no key of the file');
  return file;
}

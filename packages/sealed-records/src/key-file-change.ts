import { open, unlink } from 'node:fs/promises';
import { freshKey, type KeyFile, readKeyFile, replaceKeyFile } from './key-file-text.js';
import { SealError } from './seal-error.js';

/**
 * Adds a fresh key to the file and makes it the current one; the others stay. Processes that have the file open notice at
 * their next `refresh`. @returns the id of the new key
 *
 * @throws SealError `key-file` when the file is missing, damaged, can't be written, or is being changed by somebody else
 */
export async function rotateKeyFile(path: string): Promise<string> {
  const key = freshKey();
  await change(path, (file) => ({ ...file, current: key.id, keys: [...file.keys, key] }));
  return key.id;
}

/**
 * Takes a key out of the file, for good: what it still wraps can't be opened any more. Ask `Keyring.status().toRewrap`
 * and the segments first.
 *
 * @throws SealError `key-file` as `rotateKeyFile`, and when `keyId` is the current one; `key-unknown` when it is not there
 */
export function retireKey(path: string, keyId: string): Promise<void> {
  return change(path, (file) => {
    if (file.current === keyId) throw new SealError('key-file', `${keyId} is the current key of ${path}; rotate first`);
    const keys = file.keys.filter(({ id }) => id !== keyId);
    if (keys.length === file.keys.length) throw new SealError('key-unknown', `${path} has no key ${keyId}`);
    return { ...file, keys };
  });
}

/** The keys of a file by name, without the keys. @throws SealError `key-file` */
export async function keyFileIds(path: string): Promise<{ readonly current: string; readonly ids: readonly string[] }> {
  const { current, keys } = await readOrThrow(path);
  return { current, ids: keys.map(({ id }) => id) };
}

async function readOrThrow(path: string): Promise<KeyFile> {
  const file = await readKeyFile(path);
  if (file !== null) return file;
  throw new SealError('key-file', `there is no key file ${path}; restore it from its backup`);
}

/** One change at a time: of two at once, one would lose the other's key, and what was wrapped with it. */
async function change(path: string, how: (file: KeyFile) => KeyFile): Promise<void> {
  const lock = `${path}.lock`;
  try {
    await (await open(lock, 'wx', 0o600)).close();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw new SealError('key-file', `can't write ${lock}`, cause);
    throw new SealError(
      'key-file',
      `${path} is being changed by another process; if there is none, remove ${lock} and try again`,
    );
  }
  try {
    await replaceKeyFile(path, how(await readOrThrow(path)));
  } finally {
    await unlink(lock).catch(() => undefined);
  }
}

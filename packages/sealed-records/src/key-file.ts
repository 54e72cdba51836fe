import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { link, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gcmOpen, gcmSeal, NONCE_BYTES } from './gcm.js';
import type { KeyPort } from './key-port.js';
import { SealError } from './seal-error.js';

const KEY_BYTES = 32;

interface KeyFile {
  readonly format: 1;
  /** Id of the key that wraps new data keys. */
  readonly current: string;
  /** Every key that may still be needed, the key itself in base64. */
  readonly keys: readonly { readonly id: string; readonly key: string }[];
}

/**
 * Opens the key-encryption keys in `path`, a JSON file with mode 0600; makes it with one fresh key when it is missing.
 *
 * The new file is complete and on disk before it gets its name, so a crash leaves either no file or a good one, and
 * of two processes that start at once both use the same. Whoever loses this file loses everything sealed under it:
 * back it up apart from the data. To rotate, add a key and name it in `current`; keep the old ones.
 *
 * @throws SealError `key-file` when others may read it, it is malformed or can't be written
 */
export async function openKeyFile(path: string): Promise<KeyPort> {
  let text = await readIfThere(path);
  if (text === null) {
    await createKeyFile(path);
    text = await readIfThere(path);
  }
  if (text === null) throw new SealError('key-file', `${path} vanished while it was opened`);
  await refuseWideMode(path);
  return new FileKeys(path, parseKeyFile(path, text));
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new SealError('key-file', `can't read the key file ${path}`, cause);
  }
}

async function refuseWideMode(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw new SealError('key-file', `${path} has mode ${mode.toString(8)}, others may read the keys; run: chmod 600 ${path}`);
}

async function createKeyFile(path: string): Promise<void> {
  const id = `kek-${randomBytes(6).toString('hex')}`;
  const content: KeyFile = { format: 1, current: id, keys: [{ id, key: randomBytes(KEY_BYTES).toString('base64') }] };
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, does not replace the file of a process that was faster.
    await link(temporary, path).catch((e: NodeJS.ErrnoException) => {
      if (e.code !== 'EEXIST') throw e;
    });
    await unlink(temporary);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw new SealError('key-file', `can't write the key file ${path}`, cause);
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

function parseKeyFile(path: string, text: string): KeyFile {
  const malformed = (why: string): SealError =>
    new SealError('key-file', `${path}: ${why}; restore it from its backup, without it sealed data can't be read`);
  let file: KeyFile;
  try {
    file = JSON.parse(text) as KeyFile;
  } catch {
    throw malformed('not JSON');
  }
  if (file.format !== 1) throw malformed('unknown format');
  if (!Array.isArray(file.keys) || typeof file.current !== 'string') throw malformed('keys or current missing');
  for (const { id, key } of file.keys) {
    if (typeof id !== 'string' || id.length === 0 || Buffer.byteLength(id) > 255) throw malformed('a key without a usable id');
    if (typeof key !== 'string' || Buffer.from(key, 'base64').length !== KEY_BYTES) throw malformed(`key ${id} is not 32 bytes`);
  }
  if (!file.keys.some(({ id }) => id === file.current)) throw malformed('current names no key of the file');
  return file;
}

class FileKeys implements KeyPort {
  private current: string;
  private readonly keys = new Map<string, KeyObject>();

  constructor(
    private readonly path: string,
    file: KeyFile,
  ) {
    this.current = file.current;
    this.take(file);
  }

  get currentKeyId(): string {
    return this.current;
  }

  async refresh(): Promise<boolean> {
    const text = await readIfThere(this.path);
    if (text === null) throw new SealError('key-file', `${this.path} is gone; restore it from its backup`);
    await refuseWideMode(this.path);
    const before = this.current;
    this.take(parseKeyFile(this.path, text));
    return this.current !== before;
  }

  /** Keys that the file no longer has are forgotten. */
  private take(file: KeyFile): void {
    this.keys.clear();
    for (const { id, key } of file.keys) this.keys.set(id, createSecretKey(Buffer.from(key, 'base64')));
    this.current = file.current;
  }

  async wrap(dataKey: Buffer, context: string): Promise<{ keyId: string; wrapped: Buffer }> {
    const keyId = this.currentKeyId;
    return { keyId, wrapped: gcmSeal(this.key(keyId), randomBytes(NONCE_BYTES), [dataKey], wrapAad(keyId, context)) };
  }

  async unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    return gcmOpen(this.key(keyId), wrapped, wrapAad(keyId, context));
  }

  private key(keyId: string): KeyObject {
    const key = this.keys.get(keyId);
    if (key !== undefined) return key;
    throw new SealError('key-unknown', `${this.path} has no key ${keyId}; add that key to the file from its backup`);
  }
}

/** A length in front keeps (key id, context) unambiguous. */
function wrapAad(keyId: string, context: string): Buffer {
  return Buffer.from(`vigil-wrap:${Buffer.byteLength(keyId)}:${keyId}:${context}`);
}

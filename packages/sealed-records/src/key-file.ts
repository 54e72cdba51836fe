import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import { gcmOpen, gcmSeal, NONCE_BYTES } from './gcm.js';
import { createKeyFile, type KeyFile, readKeyFile } from './key-file-text.js';
import type { KeyPort } from './key-port.js';
import { SealError } from './seal-error.js';

export interface KeyFileOptions {
  /** `if-missing` only where the caller knows that nothing is sealed yet: a new key opens nothing that is there. */
  readonly create: 'if-missing' | 'never';
}

/**
 * Opens the key-encryption keys in `path`, a JSON file with mode 0600.
 *
 * With `create: 'if-missing'` it is made with one fresh key; of two processes that start at once both use the same.
 * Whoever loses this file loses everything sealed under it: back it up apart from the data.
 *
 * @throws SealError `key-file` when it is missing and may not be made, others may read it, it is malformed or can't be written
 */
export async function openKeyFile(path: string, { create }: KeyFileOptions): Promise<KeyPort> {
  let stamp = stampOf(path);
  let file = await readKeyFile(path);
  if (file === null && create === 'never') {
    throw new SealError('key-file', `sealed data is there, but its key file ${path} is missing; restore it from its backup`);
  }
  if (file === null) {
    await createKeyFile(path);
    stamp = stampOf(path);
    file = await readKeyFile(path);
  }
  if (file === null) throw new SealError('key-file', `${path} vanished while it was opened`);
  return new FileKeys(path, file, stamp);
}

class FileKeys implements KeyPort {
  private current: string;
  /** The current key as the last `refresh` told it. */
  private reported: string;
  private readonly keys = new Map<string, KeyObject>();

  constructor(
    private readonly path: string,
    file: KeyFile,
    /** What the file looked like from outside when it was read last. */
    private stamp: string | null,
  ) {
    this.current = this.reported = file.current;
    this.take(file);
  }

  get currentKeyId(): string {
    return this.current;
  }

  /** @throws SealError `key-file`: the file is gone or damaged; the keys in memory stay */
  async refresh(): Promise<boolean> {
    await this.readAgain();
    const isNew = this.current !== this.reported;
    this.reported = this.current;
    return isNew;
  }

  /** Looks at the file first: what is wrapped with a key that somebody has just retired would be lost. */
  async wrap(dataKey: Buffer, context: string): Promise<{ keyId: string; wrapped: Buffer }> {
    if (stampOf(this.path) !== this.stamp) await this.readAgain().catch(sealErrorOnly);
    const keyId = this.currentKeyId;
    return { keyId, wrapped: gcmSeal(this.key(keyId), randomBytes(NONCE_BYTES), [dataKey], wrapAad(keyId, context)) };
  }

  async unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    const key = this.key(keyId);
    try {
      return gcmOpen(key, wrapped, wrapAad(keyId, context));
    } catch (cause) {
      if (!(cause instanceof SealError)) throw cause;
      const advice = `either that data was changed, or ${this.path} is the key file of another installation: compare it with its backup`;
      throw new SealError('tampered', `key ${keyId} does not open what it should have wrapped; ${advice}`, cause);
    }
  }

  private async readAgain(): Promise<void> {
    // Taken before the file is read: a change in between is seen at the next look.
    this.stamp = stampOf(this.path);
    const file = await readKeyFile(this.path);
    if (file === null) throw new SealError('key-file', `${this.path} is gone; restore it from its backup`);
    this.take(file);
  }

  /** Keys that the file no longer has are forgotten. */
  private take(file: KeyFile): void {
    this.keys.clear();
    for (const { id, key } of file.keys) {
      const bytes = Buffer.from(key, 'base64');
      this.keys.set(id, createSecretKey(bytes));
      bytes.fill(0);
    }
    this.current = file.current;
  }

  private key(keyId: string): KeyObject {
    const key = this.keys.get(keyId);
    if (key !== undefined) return key;
    throw new SealError('key-unknown', `${this.path} has no key ${keyId}; add that key to the file from its backup`);
  }
}

/** A file that can't be read now is for `refresh` to tell; the keys in memory go on. */
function sealErrorOnly(e: unknown): void {
  if (!(e instanceof SealError)) throw e;
}

/** Changes with the file. Synchronous, since it is one look at a folder on a local disk and wrapping is rare. */
function stampOf(path: string): string | null {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return null;
  }
}

/** A length in front keeps (key id, context) unambiguous. */
function wrapAad(keyId: string, context: string): Buffer {
  return Buffer.from(`vigil-wrap:${Buffer.byteLength(keyId)}:${keyId}:${context}`);
}

import { createSecretKey, type KeyObject } from 'node:crypto';
import { gcmOpen, gcmSeal } from './gcm.js';

/**
 * A data key in clear, in memory of its own that `destroy` overwrites.
 *
 * Keys are destroyed while others wait for something: `bytes` is null from then on, and nobody ever seals with zeros.
 */
export class LiveKey<Row> {
  private secret: Buffer | null;
  private made: KeyObject | null = null;

  constructor(
    readonly row: Row,
    /** Taken over: nobody else keeps a reference. */
    secret: Buffer,
    readonly loadedAtMs: number,
  ) {
    this.secret = secret;
  }

  get isDestroyed(): boolean {
    return this.secret === null;
  }

  /** Null when it was destroyed. Use it before the next await, and never keep it. */
  get bytes(): Buffer | null {
    return this.secret;
  }

  /**
   * The same for the cipher, made once: with bytes Node makes one for each value, which takes four times as long as
   * the value itself. Null when it was destroyed; Node overwrites its copy when nothing refers to it any more.
   */
  get cipherKey(): KeyObject | null {
    if (this.secret === null) return null;
    this.made ??= createSecretKey(this.secret);
    return this.made;
  }

  destroy(): void {
    this.secret?.fill(0);
    this.secret = null;
    this.made = null;
  }
}

/** nonce | ciphertext | tag; null when the key was destroyed. */
export function sealWith(key: LiveKey<unknown>, nonce: Buffer, plaintext: Buffer, aad: Buffer): Buffer | null {
  const { cipherKey } = key;
  return cipherKey === null ? null : gcmSeal(cipherKey, nonce, [plaintext], aad);
}

/**
 * Null when the key was destroyed.
 * @throws SealError `tampered`
 */
export function openWith(key: LiveKey<unknown>, sealed: Buffer, aad: Buffer): Buffer | null {
  const { cipherKey } = key;
  return cipherKey === null ? null : gcmOpen(cipherKey, sealed, aad);
}

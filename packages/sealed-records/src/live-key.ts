import { gcmOpen, gcmSeal } from './gcm.js';

/**
 * A data key in clear, in memory of its own that `destroy` overwrites.
 *
 * Keys are destroyed while others wait for something: `bytes` is null from then on, and nobody ever seals with zeros.
 */
export class LiveKey<Row> {
  private secret: Buffer | null;

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

  destroy(): void {
    this.secret?.fill(0);
    this.secret = null;
  }
}

/** nonce | ciphertext | tag; null when the key was destroyed. */
export function sealWith(key: LiveKey<unknown>, nonce: Buffer, plaintext: Buffer, aad: Buffer): Buffer | null {
  return key.bytes === null ? null : gcmSeal(key.bytes, nonce, [plaintext], aad);
}

/**
 * Null when the key was destroyed.
 * @throws SealError `tampered`
 */
export function openWith(key: LiveKey<unknown>, sealed: Buffer, aad: Buffer): Buffer | null {
  return key.bytes === null ? null : gcmOpen(key.bytes, sealed, aad);
}

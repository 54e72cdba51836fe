import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { gcmSealInto, NONCE_BYTES, sealedBytes } from './gcm.js';
import { boundContext, encodeHeader } from './header.js';
import type { KeyPort } from './key-port.js';
import { SealError } from './seal-error.js';

const DATA_KEY_BYTES = 32;

/** Far below what one key may seal with counted nonces; a segment of a log never gets there. */
export const RECORDS_MAX = 2 ** 32;

/**
 * Seals the records of one segment with AES-256-GCM under a data key of its own.
 *
 * The data key is random and made afresh by every `create`: call it for each segment *and* each start. Nonces then
 * only have to differ within one sealer, where they are counted, and no crash or restored snapshot can repeat one.
 */
export class Sealer {
  private sealed = 0;

  private constructor(
    private readonly key: KeyObject,
    /** Write this in front of the records; `Opener.fromHeader` needs it. */
    readonly header: Buffer,
    private readonly recordsMax: number,
  ) {}

  /**
   * @param context what this segment is and where it belongs, e.g. `hub:<hub id>:<segment>`; the opener must name the same
   * @param recordsMax lower than the default only in tests
   */
  static async create(keys: KeyPort, context: string, recordsMax = RECORDS_MAX): Promise<Sealer> {
    const dataKey = randomBytes(DATA_KEY_BYTES);
    const { keyId, wrapped } = await keys.wrap(dataKey, boundContext(context));
    const key = createSecretKey(dataKey);
    dataKey.fill(0);
    return new Sealer(key, encodeHeader(keyId, wrapped), Math.min(recordsMax, RECORDS_MAX));
  }

  /**
   * Returns nonce | ciphertext | tag, 28 bytes more than the plaintext. Several parts become one record, uncopied.
   *
   * @param aad not stored, but `open` must be given the same: put the record's place here, so that records can't be swapped
   * @throws SealError `exhausted`: begin a new segment with a new sealer
   */
  seal(plaintext: Buffer | readonly Buffer[], aad: Buffer): Buffer {
    const parts = Buffer.isBuffer(plaintext) ? [plaintext] : plaintext;
    const out = Buffer.allocUnsafe(sealedBytes(parts));
    this.sealInto(parts, aad, out);
    return out;
  }

  /**
   * As `seal`, to the start of a buffer of the caller's, which may be used again and again; returns what was sealed.
   *
   * @throws RangeError when it is too small
   */
  sealInto(parts: readonly Buffer[], aad: Buffer, out: Buffer): Buffer {
    const size = sealedBytes(parts);
    if (out.length < size) throw new RangeError(`a sealed record of ${size} bytes does not fit into ${out.length}`);
    gcmSealInto(this.key, this.nextNonce(), parts, aad, out);
    return out.subarray(0, size);
  }

  private nextNonce(): Buffer {
    if (this.sealed >= this.recordsMax)
      throw new SealError('exhausted', 'this data key has sealed its share; begin a new segment');
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUInt32BE(Math.floor(this.sealed / 2 ** 32), 4);
    nonce.writeUInt32BE(this.sealed % 2 ** 32, 8);
    this.sealed++;
    return nonce;
  }
}

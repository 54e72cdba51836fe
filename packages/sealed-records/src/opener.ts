import { createSecretKey, type KeyObject } from 'node:crypto';
import { gcmOpen } from './gcm.js';
import { boundContext, decodeHeader } from './header.js';
import type { KeyPort } from './key-port.js';

/** Opens what a `Sealer` sealed. Holds no position: records may be opened in any order and more than once. */
export class Opener {
  private constructor(
    private readonly key: KeyObject,
    /** Bytes that the header took; the first record starts here. */
    readonly headerLength: number,
  ) {}

  /**
   * @param header the segment's first bytes; more than the header is fine
   * @throws SealError `header-malformed`, `version-unknown`, `key-unknown`, or `tampered` when the segment is not `context`
   */
  static async fromHeader(keys: KeyPort, header: Buffer, context: string): Promise<Opener> {
    const { keyId, wrapped, length } = decodeHeader(header);
    const dataKey = await keys.unwrap(keyId, wrapped, boundContext(context));
    const opener = Opener.withKey(dataKey, length);
    dataKey.fill(0);
    return opener;
  }

  /** Within this package: for a data key that came another way. Copies the key; the caller zeroises its own. */
  static withKey(dataKey: Buffer, headerLength: number): Opener {
    return new Opener(createSecretKey(dataKey), headerLength);
  }

  /** @throws SealError `tampered` when the record was changed or `aad` is not what it was sealed with */
  open(sealed: Buffer, aad: Buffer): Buffer {
    return gcmOpen(this.key, sealed, aad);
  }
}

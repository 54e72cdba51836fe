import { readFile } from 'node:fs/promises';
import { HEADER_BYTES_MAX, type KeyPort, Opener, Sealer } from '@vigil/sealed-records';
import { replaceFile } from './replace-file.js';

/**
 * One small JSON document on disk, sealed under the key of the gateway: for what the gateway remembers beside its spool and
 * nobody may read from a stolen disk. What it says is learnt again when it is lost.
 */
export class SealedFile {
  /** @param context what the file is and whose; another file or gateway can't be put in its place */
  constructor(
    private readonly file: string,
    private readonly keys: KeyPort,
    private readonly context: string,
  ) {}

  /** Null where there is none, and for one that is torn, changed, of another gateway or sealed with keys that are gone. */
  async load(): Promise<unknown> {
    try {
      const bytes = await readFile(this.file);
      const opener = await Opener.fromHeader(this.keys, bytes.subarray(0, HEADER_BYTES_MAX), this.context);
      return JSON.parse(opener.open(bytes.subarray(opener.headerLength), this.aad).toString());
    } catch {
      return null;
    }
  }

  /** Replaces the file whole. A power loss may leave the one before or none. */
  async save(document: unknown): Promise<void> {
    // Taken before anything is waited for: the caller's state goes on.
    const text = Buffer.from(JSON.stringify(document));
    const sealer = await Sealer.create(this.keys, this.context);
    const sealed = sealer.seal(text, this.aad);
    await replaceFile(this.file, Buffer.concat([sealer.header, sealed]));
  }

  private get aad(): Buffer {
    return Buffer.from(this.context);
  }
}

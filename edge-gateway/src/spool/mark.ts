import { headerKeyId, type KeyPort, openSegmentHeaders, Sealer } from '@vigil/sealed-records';
import type { SpoolDisk, SpoolFile } from './disk.js';

const MARK_FILE = 'mark';
const PLAIN_BYTES = 6;

/**
 * How far the spool had got, to about a second: what was acknowledged and is not there at the next start is missed.
 *
 * Written in place and without a sync, after the records themselves are durable. So it is never ahead of them; a kill
 * leaves it as it was, a power loss may leave an older one, or none.
 */
export class HighWaterMark {
  private sealer: Sealer | null = null;
  private file: SpoolFile | null = null;
  private written = -1;

  constructor(
    private readonly disk: SpoolDisk,
    private readonly keys: KeyPort,
    private readonly gatewayId: string,
  ) {}

  /** Index behind the last record that is known to have been stored; 0 when nothing tells. */
  async load(): Promise<number> {
    try {
      const bytes = await this.disk.readSmall(MARK_FILE);
      if (bytes === null) return 0;
      const { opener, headerLength } = await openSegmentHeaders(this.keys, { own: bytes, side: null }, this.context);
      return opener.open(bytes.subarray(headerLength), Buffer.from(this.context)).readUIntBE(0, PLAIN_BYTES);
    } catch {
      return 0;
    }
  }

  /** @param nextIndex index behind the last durable record @throws whatever the disk throws; nothing rests on it */
  async write(nextIndex: number): Promise<void> {
    const isOfKey = this.sealer !== null && headerKeyId(this.sealer.header) === this.keys.currentKeyId;
    if (nextIndex === this.written && isOfKey) return;
    if (this.sealer === null || !isOfKey) {
      this.sealer = await Sealer.create(this.keys, this.context);
      // A header may be longer than the next one, so each begins an empty file.
      await this.close();
    }
    this.file ??= await this.disk.create(MARK_FILE);
    const plain = Buffer.alloc(PLAIN_BYTES);
    plain.writeUIntBE(nextIndex, 0, PLAIN_BYTES);
    await this.file.write(Buffer.concat([this.sealer.header, this.sealer.seal(plain, Buffer.from(this.context))]), 0);
    this.written = nextIndex;
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = null;
    await file?.close().catch(() => undefined);
  }

  private get context(): string {
    return `spool-mark:${this.gatewayId}`;
  }
}

import { headerKeyId, HEADER_BYTES_MAX, type KeyPort, rewrapSegment } from '@vigil/sealed-records';
import type { SpoolDisk } from './disk.js';
import { sealContext, segmentName, sideName, tocName } from './segments.js';

/** Stands for the state of the spool where segments go by the number of their first record. */
export const STATE = -1;

/** Which key-encryption key each segment of the spool depends on, and how one is brought under the current key. */
export class SpoolKeys {
  private readonly ids = new Map<number, string | null>();

  constructor(
    private readonly disk: SpoolDisk,
    private readonly keys: KeyPort,
    private readonly gatewayId: string,
    /** Writes every copy of what is known of the spool anew. */
    private readonly rewriteState: () => Promise<void>,
  ) {}

  keyIds(): ReadonlyMap<number, string | null> {
    return this.ids;
  }

  /** @param keyId null where what lies beside the segment has to be written again */
  add(first: number, keyId: string | null): void {
    this.ids.set(first, keyId);
  }

  /** Deletes a segment with what lies beside it, in the order in which a crash between them loses nothing. */
  async removeSegment(first: number): Promise<void> {
    this.ids.delete(first);
    await this.disk.remove(segmentName(first));
    await this.disk.remove(tocName(first));
    if ((await this.disk.readSmall(sideName(first))) === null) return;
    // A power loss must not bring back the segment alone: without its wrapped key it would stop the start.
    await this.disk.syncNames();
    await this.disk.remove(sideName(first));
  }

  /** Durable when it resolves. The segment itself is only read; one that is gone meanwhile leaves nothing behind. */
  async rewrap(first: number): Promise<void> {
    if (!this.ids.has(first)) return;
    if (first === STATE) {
      const { currentKeyId } = this.keys;
      await this.rewriteState();
      this.ids.set(STATE, currentKeyId);
      return;
    }
    let side: Buffer | null;
    try {
      side = await this.wrapped(first);
      if (side !== null) await this.disk.replaceDurably(sideName(first), side);
    } catch (error) {
      if (!this.ids.has(first)) return;
      throw error;
    }
    if (this.ids.has(first)) this.ids.set(first, side === null ? this.keys.currentKeyId : headerKeyId(side));
    else await this.disk.remove(sideName(first));
  }

  private async wrapped(first: number): Promise<Buffer | null> {
    const file = await this.disk.openForRead(segmentName(first));
    try {
      const head = Buffer.allocUnsafe(HEADER_BYTES_MAX);
      const own = head.subarray(0, await file.read(head, 0));
      const side = await this.disk.readSmall(sideName(first));
      return await rewrapSegment(this.keys, { own, side }, sealContext(this.gatewayId, first));
    } finally {
      await file.close();
    }
  }
}

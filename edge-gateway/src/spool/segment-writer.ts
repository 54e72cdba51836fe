import { headerKeyId, type KeyPort, Sealer } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import type { SpoolDisk, SpoolFile } from './disk.js';
import { encodeFrame } from './frame.js';
import { sealContext, segmentName } from './segments.js';

interface Active {
  readonly first: number;
  readonly file: SpoolFile;
  readonly sealer: Sealer;
  readonly keyId: string;
  bytes: number;
}

export interface Written {
  /** First index of the segment that holds the records. */
  readonly segment: number;
  /** Its size now. */
  readonly bytes: number;
  /** The key-encryption key that its data key is wrapped with. */
  readonly keyId: string;
}

/**
 * Appends frames to the active segment; when `append` resolves, they are durable.
 *
 * Fail-stop: after a failed write or sync the segment is never written to again, because what the disk kept of it is
 * unknown (a second fdatasync may succeed without the lost pages). The caller appends the same records again, which
 * begins a new segment at the same index; readers take the newer of the two.
 */
export class SegmentWriter {
  private active: Active | null = null;

  constructor(
    private readonly disk: SpoolDisk,
    private readonly keys: KeyPort,
    private readonly gatewayId: string,
    private readonly segmentBytes: number,
  ) {}

  /** First index of the segment that is still written to. */
  get activeFirst(): number | null {
    return this.active?.first ?? null;
  }

  /** @throws whatever the disk throws; nothing of these records counts as stored then */
  async append(records: readonly LogRecord[], firstIndex: number, wallMs: number): Promise<Written> {
    if (this.active !== null && this.active.bytes >= this.segmentBytes) await this.finish();
    const isNew = this.active === null;
    try {
      const active = (this.active ??= await this.begin(firstIndex));
      const frame = encodeFrame(active.sealer, records, { firstIndex, count: records.length, wallMs });
      await active.file.write(frame, active.bytes);
      await active.file.sync();
      if (isNew) await this.disk.syncNames();
      active.bytes += frame.length;
      return { segment: active.first, bytes: active.bytes, keyId: active.keyId };
    } catch (error) {
      await this.finish();
      throw error;
    }
  }

  /** Closes the active segment; the next append begins another. */
  async finish(): Promise<void> {
    const { active } = this;
    this.active = null;
    // What is acknowledged is durable already, so a failing close changes nothing.
    await active?.file.close().catch(() => undefined);
  }

  private async begin(first: number): Promise<Active> {
    const sealer = await Sealer.create(this.keys, sealContext(this.gatewayId, first));
    const file = await this.disk.create(segmentName(first));
    try {
      await file.write(sealer.header, 0);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    return { first, file, sealer, keyId: headerKeyId(sealer.header), bytes: sealer.header.length };
  }
}

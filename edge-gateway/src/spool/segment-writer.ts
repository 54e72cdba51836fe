import { headerKeyId, type KeyPort, Sealer } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import type { SpoolDisk, SpoolFile } from './disk.js';
import { encodeFrame } from './frame.js';
import { headDigest, sealContext, type Segment, segmentName } from './segments.js';
import { readToc, TocBuilder, type TocEntry } from './toc.js';

interface Active {
  readonly segment: Segment;
  readonly file: SpoolFile;
  readonly sealer: Sealer;
  readonly toc: TocBuilder;
  readonly keyId: string;
  /** Index behind the last durable record. */
  next: number;
}

export interface Written {
  /** First index of the segment that holds the records. */
  readonly segment: number;
  /** The key-encryption key that its data key is wrapped with. */
  readonly keyId: string;
}

/** A segment that nothing is written to any more. */
export interface Finished {
  readonly segment: Segment;
  readonly sealer: Sealer;
  readonly toc: TocBuilder;
}

export interface SegmentWriterOptions {
  readonly disk: SpoolDisk;
  readonly keys: KeyPort;
  readonly gatewayId: string;
  readonly segmentBytes: number;
  /** Names a segment durably, before its file is made. */
  readonly begin: (segment: Segment) => Promise<void>;
  readonly finished: (finished: Finished) => void;
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

  constructor(private readonly options: SegmentWriterOptions) {}

  /** First index of the segment that is still written to. */
  get activeFirst(): number | null {
    return this.active?.segment.first ?? null;
  }

  /** What the active segment holds; null for any other. */
  tocOf(first: number): TocEntry[] | null {
    return this.activeFirst === first ? [...readToc(this.active!.toc.encode())] : null;
  }

  /** @throws whatever the disk throws; nothing of these records counts as stored then */
  async append(records: readonly LogRecord[], firstIndex: number, wallMs: number): Promise<Written> {
    if (this.active !== null && this.active.segment.bytes >= this.options.segmentBytes) await this.finish();
    const isNew = this.active === null;
    try {
      const active = (this.active ??= await this.begin(firstIndex, wallMs));
      const { segment, file, toc, keyId } = active;
      const frame = encodeFrame(active.sealer, records, { firstIndex, count: records.length, wallMs });
      await file.write(frame, segment.bytes);
      await file.sync();
      if (isNew) await this.options.disk.syncNames();
      segment.bytes += frame.length;
      segment.toMs = wallMs;
      active.next = firstIndex + records.length;
      for (const record of records) toc.add(record, wallMs);
      return { segment: segment.first, keyId };
    } catch (error) {
      await this.finish();
      throw error;
    }
  }

  /** Closes the active segment; the next append begins another. */
  async finish(): Promise<void> {
    const { active } = this;
    this.active = null;
    if (active === null) return;
    // What is acknowledged is durable already, so a failing close changes nothing.
    await active.file.close().catch(() => undefined);
    if (active.next === active.segment.first) return;
    active.segment.end = active.next;
    this.options.finished(active);
  }

  private async begin(first: number, wallMs: number): Promise<Active> {
    const { disk, keys, gatewayId } = this.options;
    const sealer = await Sealer.create(keys, sealContext(gatewayId, first));
    const { header } = sealer;
    const segment: Segment = {
      ...{ first, head: headDigest(header), headBytes: header.length, end: null, bytes: header.length, tocBytes: 0 },
      ...{ wallMs, toMs: wallMs, evicting: null, gone: null },
    };
    await this.options.begin(segment);
    const file = await disk.create(segmentName(first));
    try {
      await file.write(header, 0);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    return { segment, file, sealer, toc: new TocBuilder(first), keyId: headerKeyId(header), next: first };
  }
}

import { join } from 'node:path';
import { headerKeyId, HEADER_BYTES_MAX, type KeyPort, rewrapSegment } from '@vigil/sealed-records';
import { writeFileAtomically } from '../atomic-file.js';
import { type Disk, isMissing, readWhole } from './disk.js';
import { segmentContext, SEGMENT_HEAD_BYTES, segmentName } from './segment.js';

/** No segment's head is longer; wrapped keys are some hundred bytes. */
export const HEAD_BYTES_MAX = Math.min(4096, SEGMENT_HEAD_BYTES + HEADER_BYTES_MAX);

/** Beside a segment: its data key, wrapped by a later key-encryption key than the one in its header. */
export const sideName = (number: number): string => `${segmentName(number)}.key`;

/** Null when the segment was never wrapped anew. A file that can't be read is an outage, no missing one. */
export function readSide(disk: Disk, folder: string, number: number): Promise<Buffer | null> {
  return readWhole(disk, join(folder, sideName(number)));
}

/** A segment's first bytes, its header among them; null when the segment is gone. */
export async function readHead(disk: Disk, folder: string, number: number): Promise<Buffer | null> {
  const file = await disk.open(join(folder, segmentName(number)), 'read').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const bytes = Buffer.alloc(HEAD_BYTES_MAX);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

interface SegmentKeysOptions {
  readonly folder: string;
  readonly hubId: string;
  readonly keys: KeyPort;
  readonly disk: Disk;
}

/** Which key-encryption key each segment of a log depends on, and how one is brought under the current key. */
export class SegmentKeys {
  private readonly ids: Map<number, string | null>;

  /** @param known by segment number; null where the side header needs to be written again */
  constructor(
    private readonly options: SegmentKeysOptions,
    known: ReadonlyMap<number, string | null>,
  ) {
    this.ids = new Map(known);
  }

  keyIds(): ReadonlyMap<number, string | null> {
    return this.ids;
  }

  add(number: number, keyId: string): void {
    this.ids.set(number, keyId);
  }

  /** The segment was removed. */
  forget(number: number): void {
    this.ids.delete(number);
  }

  /** Durable when it resolves. The segment itself is only read. */
  async rewrap(number: number): Promise<void> {
    const { folder, hubId, keys, disk } = this.options;
    const head = await readHead(disk, folder, number);
    if (head === null) {
      this.ids.delete(number);
      return;
    }
    const headers = { own: head.subarray(SEGMENT_HEAD_BYTES), side: await readSide(disk, folder, number) };
    const side = await rewrapSegment(keys, headers, segmentContext(hubId, number));
    if (side === null) {
      this.ids.set(number, keys.currentKeyId);
      return;
    }
    await writeFileAtomically(join(folder, sideName(number)), side, disk);
    // Removed meanwhile: nothing may be left beside it.
    if (this.ids.has(number)) this.ids.set(number, headerKeyId(side));
    else await disk.remove(join(folder, sideName(number)));
  }
}

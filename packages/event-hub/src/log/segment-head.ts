import { join } from 'node:path';
import { type Opener, SealError } from '@vigil/sealed-records';
import type { IndexSummary } from './index-file.js';
import { LogError } from './log-error.js';
import type { LogPlace } from './log-walk.js';
import { HEAD_BYTES_MAX, readSide } from './segment-keys.js';
import { openSegment, segmentName } from './segment.js';

export interface OpenedHead {
  readonly opener: Opener;
  /** The first bytes, as they were written, up to the frames. */
  readonly head: Buffer;
  readonly framesAt: number;
  /** Size of the file. */
  readonly bytes: number;
  /** Null where what lies beside the segment is damaged. */
  readonly keyId: string | null;
  /** The first bytes on disk differ from those that its `.idx` file knows. */
  readonly isDamaged: boolean;
}

/**
 * Opens a segment, by the copy of its head in the `.idx` file where there is one.
 *
 * @returns `unreadable` when the head is damaged and there is no copy
 * @throws LogError when the head is unharmed and the keys do not open it: that is no damage that a repair could leave out
 */
export async function openHead(
  place: LogPlace,
  number: number,
  summary: IndexSummary | null,
): Promise<OpenedHead | 'unreadable'> {
  const { disk, folder, hubId, keys } = place;
  const file = await disk.open(join(folder, segmentName(number)), 'read');
  try {
    const found = Buffer.alloc(HEAD_BYTES_MAX);
    const onDisk = found.subarray(0, await file.read(found, 0));
    const known = summary === null ? null : Buffer.from(summary.head, 'base64');
    const side = await readSide(disk, folder, number);
    try {
      const opened = await openSegment(keys, { hubId, number, bytes: known ?? onDisk, side });
      const { opener, framesAt, keyId, sideFault } = opened;
      const head = Buffer.from((known ?? onDisk).subarray(0, framesAt));
      return {
        ...{ opener, framesAt, head, bytes: await file.size(), keyId: sideFault === null ? keyId : null },
        isDamaged: !head.equals(onDisk.subarray(0, framesAt)),
      };
    } catch (error) {
      if (known === null && side === null && isDamage(error)) return 'unreadable';
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** A key that is not at hand or a key service that is away is no damage. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof LogError) || error.code !== 'corrupt') return false;
  const { cause } = error;
  return cause === undefined || (cause instanceof SealError && (cause.code === 'header-malformed' || cause.code === 'tampered'));
}

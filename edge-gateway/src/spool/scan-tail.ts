import { Sealer } from '@vigil/sealed-records';
import { findFrame, openFrame, readFrame } from './frame.js';
import { openSegment, sealContext, segmentName, type SpoolPlace } from './segments.js';
import { writeToc } from './toc-file.js';
import { TocBuilder } from './toc.js';

export interface Tail {
  /** Index behind the last whole record. */
  readonly nextIndex: number;
  /** Bytes behind it. */
  readonly cutBytes: number;
  /** When that record was appended; 0 without one. */
  readonly toMs: number;
  /** Size of the table of contents that was made; null when none was. */
  readonly tocBytes: number | null;
}

/**
 * Reads a segment that was still written to, makes what it holds durable, and writes its table of contents.
 *
 * @param to index at which the next segment begins; null for the last one
 */
export async function scanTail(
  place: SpoolPlace,
  { first, tocBytes }: { first: number; tocBytes: number },
  to: number | null,
): Promise<Tail> {
  const file = await place.disk.openForRead(segmentName(first));
  try {
    const bytes = Buffer.alloc(await file.size());
    await file.read(bytes, 0);
    const opener = await openSegment(place, first, bytes).then(
      (opened) => opened.opener,
      () => null,
    );
    const toc = new TocBuilder(first);
    let nextIndex = first;
    let toMs = 0;
    let at = findFrame(bytes, 0);
    let end = at === -1 ? bytes.length : at;
    while (at !== -1) {
      const frame = readFrame(bytes, at);
      if (typeof frame !== 'object') {
        at = findFrame(bytes, at + 1);
        continue;
      }
      if (to !== null && frame.firstIndex >= to) break;
      if (opener !== null && frame.firstIndex >= nextIndex) {
        toc.addUnknown(frame.firstIndex - nextIndex);
        try {
          for (const record of openFrame(opener, frame)) toc.add(record, frame.wallMs);
        } catch {
          toc.addUnknown(frame.firstIndex + frame.count - first - toc.count);
        }
      }
      nextIndex = Math.max(nextIndex, frame.firstIndex + frame.count);
      toMs = frame.wallMs;
      at = end = frame.end;
      if (at === bytes.length) break;
    }
    // What a killed process had written but not synced counts from now on, so it must not vanish later.
    await file.sync();
    return { nextIndex, cutBytes: bytes.length - end, toMs, tocBytes: tocBytes > 0 ? null : await writeTocOf(place, first, toc) };
  } finally {
    await file.close();
  }
}

/** Under a data key of its own, because that of the segment seals nothing more. Null when the disk does not take it. */
async function writeTocOf(place: SpoolPlace, first: number, toc: TocBuilder): Promise<number | null> {
  if (toc.count === 0) return null;
  try {
    return await writeToc(place, first, await Sealer.create(place.keys, sealContext(place.gatewayId, first)), toc);
  } catch {
    return null;
  }
}

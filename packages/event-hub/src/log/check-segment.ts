import { join } from 'node:path';
import { frameAt, FRAME_HEAD_BYTES } from './frame.js';
import { indexName, readIndex } from './index-file.js';
import { blockFrom, type SegmentIndex } from './index-table.js';
import type { LogPlace } from './log-walk.js';
import { damagedAt, openFrame } from './scan-frames.js';
import { openHead } from './segment-head.js';
import { segmentName } from './segment.js';
import { without } from './sequence-ranges.js';

/**
 * Reads one sealed segment, block by block, and holds it against its `.idx` file: head, size, every record, and that
 * sequence numbers go from where the file says to where it says. Yields the bytes of each block, so that the caller can
 * pause between them.
 *
 * @throws LogError `corrupt` at the first byte that is not as it was written; the disk's error
 */
export async function* checkSegment(place: LogPlace, segment: SegmentIndex): AsyncGenerator<number, void> {
  const { number, holes } = segment;
  const { summary, marks } = await readIndex(place.disk, place.folder, indexName(number));
  if (summary.state === 'gone') return;
  const head = await openHead(place, number, summary);
  if (head === 'unreadable' || head.isDamaged) throw damagedAt(number, 0, 'its first bytes are not as they were');
  if (head.bytes !== summary.bytes) throw damagedAt(number, Math.min(head.bytes, summary.bytes), 'its size is not as it was');
  if (head.keyId === null) throw damagedAt(number, 0, 'the wrapped key beside it is not as it was');
  const next = [...summary.first];
  const file = await place.disk.open(join(place.folder, segmentName(number)), 'read');
  try {
    for (let block = blockFrom(segment, marks, 0); block !== null; block = blockFrom(segment, marks, block.to)) {
      const bytes = Buffer.allocUnsafeSlow(block.to - block.from);
      if ((await file.read(bytes, block.from)) < bytes.length) throw damagedAt(number, block.from, 'it is shorter than it was');
      for (let at = 0; at < bytes.length;) {
        const hole = holes.find((range) => range.from === block!.from + at);
        if (hole !== undefined) {
          at = hole.to - block.from;
          continue;
        }
        const sealed = frameAt(bytes, at);
        if (sealed === null) throw damagedAt(number, block.from + at, 'no whole and unharmed record starts there');
        for (const { partition, firstSequence, count } of openFrame(head.opener, sealed, number, block.from + at)) {
          const missing = without({ partition, from: next[partition]!, to: firstSequence }, summary.lost);
          if (firstSequence < next[partition]! || missing.length > 0) {
            throw damagedAt(number, block.from + at, `partition ${partition} does not go on as it did`);
          }
          next[partition] = firstSequence + count;
        }
        at += FRAME_HEAD_BYTES + sealed.length;
      }
      yield bytes.length;
    }
  } finally {
    await file.close();
  }
  const end = next.flatMap((from, partition) => without({ partition, from, to: summary.next[partition]! }, summary.lost));
  if (end.length > 0) throw damagedAt(number, summary.bytes, `partition ${end[0]!.partition} misses events`);
}

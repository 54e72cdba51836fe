import { join } from 'node:path';
import { writeFileAtomically } from '../atomic-file.js';
import { readWhole } from './disk.js';
import { baseName, encodeIndex, type IndexSummary } from './index-file.js';
import type { Inventory } from './inventory.js';
import type { LogPlace } from './log-walk.js';
import { scanFrames } from './scan-frames.js';
import { openHead } from './segment-head.js';
import { segmentName } from './segment.js';

/** No segment holds more events of one partition; bounds how many numbers may have been given out where nothing tells. */
export const SEGMENT_EVENTS_MAX = 2 ** 22;

/**
 * Where the log begins when the `.base` file that says so is damaged: at the first events behind it. A partition of which
 * none is left goes on with a number that can't have been given out; never with 0, which has been.
 */
export async function findBase(place: LogPlace, inventory: Inventory, number: number): Promise<IndexSummary> {
  const firsts = new Map<number, number>();
  let firstMs: number | null = null;
  for (const behind of inventory.numbers) {
    const summary = inventory.indexes.get(behind);
    if (summary !== undefined && summary !== null) {
      summary.first.forEach((first, partition) => firsts.set(partition, firsts.get(partition) ?? first));
      firstMs ??= summary.firstEnqueuedMs;
      break;
    }
    firstMs = (await addFirsts(place, inventory, behind, firsts)) ?? firstMs;
  }
  const partitions = Array.from({ length: place.partitionCount }, (_, partition) => partition);
  const next = partitions.map((partition) => firsts.get(partition) ?? (number + 1) * SEGMENT_EVENTS_MAX);
  return {
    ...{ hubId: place.hubId, number, state: 'gone', isFollowed: true, head: '', bytes: 0, first: next, next },
    ...{ lastMs: partitions.map(() => firstMs ?? 0), firstEnqueuedMs: firstMs ?? 0, lastEnqueuedMs: firstMs ?? 0 },
    ...{ holes: [], lost: [] },
  };
}

/** Returns when the first of its events was enqueued, or null when it has none. */
async function addFirsts(
  place: LogPlace,
  { segments }: Inventory,
  number: number,
  firsts: Map<number, number>,
): Promise<number | null> {
  const head = segments.has(number) ? await openHead(place, number, null) : 'unreadable';
  const file = head === 'unreadable' ? null : await readWhole(place.disk, join(place.folder, segmentName(number)));
  if (head === 'unreadable' || file === null) return null;
  let firstMs: number | null = null;
  const bytes = file.subarray(head.framesAt);
  scanFrames({ number, opener: head.opener, bytes, from: head.framesAt, holes: [] }, (_at, _end, batches) => {
    for (const { partition, firstSequence, enqueuedMs } of batches) {
      firsts.set(partition, firsts.get(partition) ?? firstSequence);
      firstMs ??= enqueuedMs;
    }
    return null;
  });
  return firstMs;
}

/** Durable when it resolves. What idempotent producers had sent is not known any more. */
export async function writeBase({ disk, folder }: LogPlace, base: IndexSummary): Promise<void> {
  await writeFileAtomically(join(folder, baseName(base.number)), encodeIndex({ summary: base, producers: [], marks: [] }), disk);
}

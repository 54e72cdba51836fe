import { join } from 'node:path';
import { baseName, indexName, type IndexSummary, readIndex, writeIndex } from './index-file.js';
import type { IndexTable, SegmentIndex } from './index-table.js';
import type { IndexWriter } from './index-writer.js';
import { LogError } from './log-error.js';
import type { LogPlace } from './log-walk.js';
import type { SegmentKeys } from './segment-keys.js';

export interface DropParts {
  readonly place: LogPlace;
  readonly index: IndexTable;
  readonly writer: IndexWriter;
  readonly segmentKeys: SegmentKeys;
}

export interface Dropped {
  readonly numbers: readonly number[];
  readonly bytes: number;
}

/**
 * Removes the oldest sealed segments. First the `.idx` file of the last of them gets another name, on disk, which says
 * that the log begins behind it; then the files go. A crash in between leaves files that the next start removes. That
 * one file stays until the next time: it knows the sequence numbers and producers that the log goes on from. Nothing of
 * this takes space, so that a full disk can be freed.
 */
export async function dropOldest({ place, index, writer, segmentKeys }: DropParts, count: number): Promise<Dropped> {
  await writer.idle();
  let possible = Math.min(count, index.segments.length - 1);
  while (possible > 0 && !writer.isWritten(index.segments[possible - 1]!.number)) possible--;
  const last = index.segments[possible - 1];
  if (last === undefined) return { numbers: [], bytes: 0 };
  index.leavingUpTo = last.number;
  try {
    await becomeBase(place, last, index);
  } catch (error) {
    index.leavingUpTo = -1;
    throw error;
  }
  const dropped = index.drop(possible);
  for (const { number } of dropped) segmentKeys.forget(number);
  await removeFiles(place, last.number);
  return { numbers: dropped.map(({ number }) => number), bytes: dropped.reduce((sum, { end }) => sum + end, 0) };
}

async function becomeBase(place: LogPlace, segment: SegmentIndex, index: IndexTable): Promise<void> {
  const { disk, folder } = place;
  const from = join(folder, indexName(segment.number));
  try {
    await readIndex(disk, folder, indexName(segment.number));
  } catch (error) {
    // A damaged index keeps nobody from removing the segment: what matters of it is in memory, but for the producers.
    if (!(error instanceof LogError)) throw error;
    await writeIndex(disk, folder, { summary: fromMemory(place, segment, index), producers: [], marks: [] });
  }
  await disk.rename(from, join(folder, baseName(segment.number)));
  await disk.syncFolder(folder);
}

function fromMemory({ hubId }: LogPlace, segment: SegmentIndex, { partitions }: IndexTable): IndexSummary {
  const { number, end, first, next, firstEnqueuedMs, lastEnqueuedMs } = segment;
  const lastMs = partitions.map((state) => Math.min(state.lastEnqueuedMs, lastEnqueuedMs));
  return {
    ...{ hubId, number, state: 'kept', isFollowed: true, head: '', bytes: end, holes: [], lost: [] },
    ...{ first: [...first], next: [...next], lastMs, firstEnqueuedMs, lastEnqueuedMs },
  };
}

/** Everything up to `last` but what the log begins behind; also what an earlier removal has left. */
async function removeFiles({ disk, folder }: LogPlace, last: number): Promise<void> {
  for (const name of await disk.list(folder)) {
    if (!/^\d{20}\.(seg|seg\.key|idx|base)$/.test(name) || Number(name.slice(0, 20)) > last) continue;
    if (name !== baseName(last)) await disk.remove(join(folder, name));
  }
  await disk.syncFolder(folder);
}

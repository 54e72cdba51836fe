import { join } from 'node:path';
import { type IndexSummary, readIndex, type SegmentSummary, writeIndex } from './index-file.js';
import type { IndexTable, SegmentIndex } from './index-table.js';
import type { IndexWriter } from './index-writer.js';
import { LogError } from './log-error.js';
import type { LogPlace } from './log-walk.js';
import type { SegmentKeys } from './segment-keys.js';
import { indexName } from './index-file.js';

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
 * Removes the oldest sealed segments. First the `.idx` file of the last of them says, on disk, that the log begins
 * behind it; then the files go. A crash in between leaves files that the next start removes. That one `.idx` file
 * stays until the next time: it knows the sequence numbers and producers that the log goes on from.
 */
export async function dropOldest({ place, index, writer, segmentKeys }: DropParts, count: number): Promise<Dropped> {
  await writer.idle();
  let possible = Math.min(count, index.segments.length - 1);
  while (possible > 0 && !writer.isWritten(index.segments[possible - 1]!.number)) possible--;
  const last = index.segments[possible - 1];
  if (last === undefined) return { numbers: [], bytes: 0 };
  const { summary, producers } = await lastKnown(place, last, index);
  const base: IndexSummary = { ...summary, state: 'dropped', isFollowed: true, head: '', bytes: 0, holes: [], lost: [] };
  await writeIndex(place.disk, place.folder, { summary: base, producers, marks: [] });
  const dropped = index.drop(possible);
  for (const { number } of dropped) segmentKeys.forget(number);
  await removeFiles(place, last.number);
  return { numbers: dropped.map(({ number }) => number), bytes: dropped.reduce((sum, { end }) => sum + end, 0) };
}

/** A damaged `.idx` file keeps nobody from removing the segment: what matters of it is in memory, but for the producers. */
async function lastKnown(place: LogPlace, segment: SegmentIndex, { partitions }: IndexTable): Promise<SegmentSummary> {
  try {
    return await readIndex(place.disk, place.folder, segment.number);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    const { number, end, first, next, firstEnqueuedMs, lastEnqueuedMs } = segment;
    const lastMs = partitions.map((state) => Math.min(state.lastEnqueuedMs, lastEnqueuedMs));
    const summary: IndexSummary = {
      ...{ hubId: place.hubId, number, state: 'dropped', isFollowed: true, head: '', bytes: end, holes: [], lost: [] },
      ...{ first: [...first], next: [...next], lastMs, firstEnqueuedMs, lastEnqueuedMs },
    };
    return { summary, producers: [], marks: [] };
  }
}

/** Everything up to `last` but its `.idx` file; also what an earlier removal has left. Segments before their indexes. */
async function removeFiles({ disk, folder }: LogPlace, last: number): Promise<void> {
  const names = await disk.list(folder);
  const old = names.filter((name) => /^\d{20}\.(seg|seg\.key|idx)$/.test(name) && Number(name.slice(0, 20)) <= last);
  const isIndex = (name: string): boolean => name.endsWith('.idx');
  for (const name of old) if (!isIndex(name)) await disk.remove(join(folder, name));
  for (const name of old) if (isIndex(name) && name !== indexName(last)) await disk.remove(join(folder, name));
  await disk.syncFolder(folder);
}

import { dirname, join } from 'node:path';
import { isMissing } from './disk.js';
import { baseName, type ByteRange, indexName, type SequenceRange, writeIndex } from './index-file.js';
import { indexOf, type LogPlace, type Problem, type Walk, type WalkedSegment } from './log-walk.js';
import { writeBase } from './lost-base.js';
import { segmentName } from './segment.js';
import { settleTail } from './settle-tail.js';

export interface RepairReport {
  /** Segments that something was wrong with. */
  readonly segments: readonly number[];
  /** Events that are missing from now on; their numbers are never given out again. */
  readonly lost: readonly SequenceRange[];
}

/**
 * Goes on without what a walk has found damaged or missing. First every damaged byte is copied to `quarantine` beside
 * the log's folder, then the `.idx` files say what is left out. Records are never rewritten. A crash in between leaves
 * what another repair finishes.
 *
 * @param walk a full one, so that nothing damaged stays unknown
 */
export async function repairLog(place: LogPlace, walk: Walk): Promise<RepairReport> {
  const quarantine = join(dirname(place.folder), 'quarantine');
  await place.disk.makeFolder(quarantine);
  for (const problem of walk.problems) await keep(place, quarantine, problem);
  const { base, damagedBase } = walk.inventory;
  for (const number of walk.rebuilt) {
    await copy(place, quarantine, number === damagedBase ? baseName(number) : indexName(number), null);
  }
  await place.disk.syncFolder(quarantine);
  await place.disk.syncFolder(dirname(place.folder));
  if (damagedBase !== null && base !== null) await writeBase(place, base);
  for (const problem of walk.problems) await mend(place, quarantine, walk, problem);
  for (const segment of walk.segments) {
    if (!segment.isToWrite) continue;
    if (segment.number === walk.tail?.number) await settleTail(place, walk.tail);
    await writeIndex(place.disk, place.folder, await indexOf(place, segment));
  }
  return {
    segments: [...new Set(walk.problems.map((problem) => problem.number))],
    lost: walk.problems.flatMap((problem) => problem.lost),
  };
}

/** Copies what is damaged, before anything is changed. */
async function keep(place: LogPlace, quarantine: string, { number, kind, holes }: Problem): Promise<void> {
  if (kind === 'unreadable') await copy(place, quarantine, segmentName(number), null);
  for (const hole of holes) await copy(place, quarantine, segmentName(number), hole);
}

async function copy({ disk, folder }: LogPlace, quarantine: string, name: string, range: ByteRange | null): Promise<void> {
  let from;
  try {
    from = await disk.open(join(folder, name), 'read');
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  try {
    const { from: start, to } = range ?? { from: 0, to: await from.size() };
    const bytes = Buffer.alloc(to - start);
    const found = bytes.subarray(0, await from.read(bytes, start));
    const into = await disk.open(join(quarantine, range === null ? name : `${name}.${start}-${to}`), 'create');
    try {
      await into.write(found, 0);
      await into.sync();
    } finally {
      await into.close();
    }
  } finally {
    await from.close();
  }
}

async function mend(place: LogPlace, quarantine: string, walk: Walk, problem: Problem): Promise<void> {
  const { disk, folder } = place;
  const { number, kind } = problem;
  if (kind === 'unreadable') {
    await disk.rename(join(folder, segmentName(number)), join(quarantine, segmentName(number)));
    await disk.syncFolder(quarantine);
    await disk.syncFolder(folder);
    return;
  }
  const segment = walk.segments.find((walked) => walked.number === number);
  if (segment === undefined) return;
  if (kind === 'head') await writeHead(place, segment);
  if (kind === 'size') await resize(place, number, segment.summary.bytes);
  // What was cut off is left out by the size; there is no damage to pass over where there are no bytes.
  if (kind === 'frames') await shorten(place, segment);
}

async function writeHead({ disk, folder }: LogPlace, { number, summary }: WalkedSegment): Promise<void> {
  const file = await disk.open(join(folder, segmentName(number)), 'change');
  try {
    await file.write(Buffer.from(summary.head, 'base64'), 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function resize({ disk, folder }: LogPlace, number: number, bytes: number): Promise<void> {
  const file = await disk.open(join(folder, segmentName(number)), 'change');
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function shorten({ disk, folder }: LogPlace, segment: WalkedSegment): Promise<void> {
  const found = await disk.stat(join(folder, segmentName(segment.number)));
  if (found === null || found.bytes >= segment.summary.bytes) return;
  const holes = segment.summary.holes
    .map(({ from, to }) => ({ from, to: Math.min(to, found.bytes) }))
    .filter(({ from, to }) => from < to);
  segment.summary = { ...segment.summary, bytes: found.bytes, holes };
}

import { join } from 'node:path';
import type { KeyPort, Opener } from '@vigil/sealed-records';
import { type Batch, readBatches } from './batch.js';
import { type Disk, readWhole } from './disk.js';
import { frameAad, frameAt, frameBehind, FRAME_HEAD_BYTES, isZeroFrom } from './frame.js';
import { IndexTable } from './index-table.js';
import { LogError } from './log-error.js';
import { ProducerTable } from './producer-table.js';
import { readSide, sideName } from './segment-keys.js';
import { openSegment, segmentName } from './segment.js';

export interface Recovered {
  readonly index: IndexTable;
  readonly nextSegment: number;
  /** Bytes that a crash had left half written. They were never acknowledged. */
  readonly tornBytes: number;
  /** The key-encryption key that each segment depends on; null where what lies beside it is damaged. */
  readonly keyIds: ReadonlyMap<number, string | null>;
  /** What the log says of idempotent producers. */
  readonly producers: ProducerTable;
}

export interface RecoveryInput {
  readonly folder: string;
  readonly hubId: string;
  readonly partitionCount: number;
  readonly keys: KeyPort;
  readonly disk: Disk;
}

/**
 * Reads the whole log, checks every record and rebuilds the index.
 *
 * What is behind the last good frame of the *last* segment is the write that a crash interrupted; it is cut off.
 * Anything else that is not as it was written stops the start: acknowledged events would be missing.
 *
 * @throws LogError `corrupt` with segment and position
 */
export async function recover(input: RecoveryInput): Promise<Recovered> {
  const { folder, disk } = input;
  const numbers = await listSegments(disk, folder);
  const index = new IndexTable(input.partitionCount);
  const producers = new ProducerTable();
  const keyIds = new Map<number, string | null>();
  let tornBytes = 0;
  for (const number of numbers) {
    const isLast = number === numbers.at(-1);
    const recovered = await recoverSegment({ ...input, producers }, index, number, isLast);
    tornBytes += recovered.tornBytes;
    const empty = index.segments.at(-1)!.marks.length === 0;
    if (empty) {
      index.segments.pop();
      await disk.remove(join(folder, segmentName(number)));
      await disk.remove(join(folder, sideName(number)));
    } else keyIds.set(number, recovered.keyId);
  }
  await disk.syncFolder(folder);
  return { index, nextSegment: (numbers.at(-1) ?? 0) + 1, tornBytes, keyIds, producers };
}

/** Removes what a crash left half made, and wrapped keys whose segment is gone. */
async function listSegments(disk: Disk, folder: string): Promise<number[]> {
  const names = await disk.list(folder);
  const numbers = names.filter((name) => /^\d{20}\.seg$/.test(name)).map((name) => Number(name.slice(0, 20)));
  const known = new Set(numbers.map(sideName));
  for (const name of names) {
    const isOrphan = name.endsWith('.seg.key') && !known.has(name);
    if (isOrphan || name.endsWith('.seg.new') || name.endsWith('.seg.key.tmp')) await disk.remove(join(folder, name));
  }
  return numbers.sort((a, b) => a - b);
}

async function recoverSegment(
  input: RecoveryInput & { readonly producers: ProducerTable },
  index: IndexTable,
  number: number,
  isLast: boolean,
): Promise<{ tornBytes: number; keyId: string | null }> {
  const path = join(input.folder, segmentName(number));
  const bytes = (await readWhole(input.disk, path))!;
  const side = await readSide(input.disk, input.folder, number);
  const { opener, framesAt, keyId, sideFault } = await openSegment(input.keys, { hubId: input.hubId, number, bytes, side });
  index.addSegment(number, framesAt);
  let at = framesAt;
  for (;;) {
    const sealed = frameAt(bytes, at);
    if (sealed === null) break;
    const end = at + FRAME_HEAD_BYTES + sealed.length;
    const batches = openFrame(opener, sealed, number, at);
    checkContinues(index, batches, number, at);
    index.addFrame(at, end, batches);
    for (const batch of batches) input.producers.observe(batch);
    at = end;
  }
  const torn = !isZeroFrom(bytes, at);
  if (torn && (!isLast || frameBehind(bytes, at + 1))) throw corrupt(number, at, 'acknowledged events would be missing');
  if (at < bytes.length) await cut(input.disk, path, at);
  return { tornBytes: torn ? lastNonZero(bytes) + 1 - at : 0, keyId: sideFault === null ? keyId : null };
}

/** Opens one frame's record. @throws LogError `corrupt` */
export function openFrame(opener: Opener, sealed: Buffer, number: number, at: number): Batch[] {
  let record: Buffer;
  try {
    record = opener.open(sealed, frameAad(at));
  } catch (cause) {
    throw new LogError('corrupt', corruptText(number, at, 'the record does not open'), cause);
  }
  const batches = readBatches(record);
  if (batches === null) throw corrupt(number, at, 'the record is malformed or of a later version');
  return batches;
}

function checkContinues(index: IndexTable, batches: readonly Batch[], number: number, at: number): void {
  const next = new Map<number, number>();
  for (const { partition, firstSequence, count } of batches) {
    const state = index.partitions[partition];
    if (state === undefined) throw corrupt(number, at, `there is no partition ${partition}`);
    const expected = next.get(partition) ?? state.next;
    const isFirst = expected === 0 && index.segments.length === 1;
    if (isFirst && firstSequence > 0) state.begin = firstSequence;
    else if (firstSequence !== expected) throw corrupt(number, at, `partition ${partition} misses events`);
    next.set(partition, firstSequence + count);
  }
}

async function cut(disk: Disk, path: string, bytes: number): Promise<void> {
  const file = await disk.open(path, 'change');
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function lastNonZero(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at > 0 && bytes[at] === 0) at--;
  return at;
}

function corruptText(number: number, at: number, why: string): string {
  return `${segmentName(number)} is damaged at byte ${at}: ${why}; restore the file from a backup, or move it and all later ones away to go on without them`;
}

function corrupt(number: number, at: number, why: string): LogError {
  return new LogError('corrupt', corruptText(number, at, why));
}

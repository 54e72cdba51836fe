import { join } from 'node:path';
import type { SegmentSummary } from './index-file.js';
import type { IndexTable } from './index-table.js';
import { segmentFiles } from './inventory.js';
import { LogError } from './log-error.js';
import { writeBase } from './lost-base.js';
import { indexOf, type LogPlace, type Problem, type Walk, walkLog } from './log-walk.js';
import type { ProducerTable } from './producer-table.js';
import { repairLog, type RepairReport } from './repair.js';
import { segmentName } from './segment.js';
import { settleTail } from './settle-tail.js';
import { countOf, textOf } from './sequence-ranges.js';

export interface Recovered {
  readonly index: IndexTable;
  readonly nextSegment: number;
  /** Bytes that a crash had left half written. They were never acknowledged. */
  readonly tornBytes: number;
  /** The key-encryption key that each segment depends on; null where what lies beside it is damaged. */
  readonly keyIds: ReadonlyMap<number, string | null>;
  /** What idempotent producers have sent. */
  readonly producers: ProducerTable;
  /** `.idx` files to write once the next segment is begun. */
  readonly toWrite: readonly SegmentSummary[];
  /** Segments whose `.idx` file was missing or damaged and is made anew. */
  readonly rebuilt: readonly number[];
  /** Null when no repair was asked for, or nothing was to be repaired. */
  readonly repaired: RepairReport | null;
}

/**
 * Finds out what is in a log's folder and brings it into the state that a start needs.
 *
 * Sealed segments are known by their `.idx` files; records are read only of the segment that was written to last, and
 * where an `.idx` file is missing. What is behind the last good frame of that last segment is the write that a crash
 * interrupted; it is cut off. Anything else that is not as it was written stops the start, because acknowledged events
 * would be missing; or is left out, with `isRepair`.
 *
 * @throws LogError `corrupt` with segment, position and the events that would be missing
 */
export async function recover(place: LogPlace & { readonly isRepair?: boolean }): Promise<Recovered> {
  let walk = await walkLog(place, { isFull: place.isRepair === true });
  let repaired: RepairReport | null = null;
  if (walk.problems.length > 0 && place.isRepair === true) {
    repaired = await repairLog(place, walk);
    walk = await walkLog(place, { isFull: false });
  }
  if (walk.problems.length > 0) throw new LogError('corrupt', damageText(walk.problems));
  const { index, segments, tail, rebuilt, keyIds, producers, inventory } = walk;
  if (inventory.damagedBase !== null && inventory.base !== null) await writeBase(place, inventory.base);
  for (const name of inventory.leftovers) await place.disk.remove(join(place.folder, name));
  const isEmpty = tail !== null && index.segments.at(-1)!.marks!.length === 0;
  let number = inventory.numbers.at(-1) ?? inventory.base?.number ?? 0;
  if (isEmpty) {
    // Its name is taken over by the next segment, so that there is no time at which it is missing.
    index.segments.pop();
    segments.pop();
    number--;
    await place.disk.remove(join(place.folder, segmentFiles(tail.number)[1]!));
  }
  // What was preallocated is given back also where nothing was written: the next segment may need the space.
  if (tail !== null) await settleTail(place, tail);
  await place.disk.syncFolder(place.folder);
  const ids = new Map([...keyIds].filter(([segment]) => !isEmpty || segment !== tail.number));
  return {
    ...{ index, nextSegment: number + 1, tornBytes: tail?.tornBytes ?? 0, keyIds: ids, producers, rebuilt, repaired },
    toWrite: await indexesToWrite(place, walk),
  };
}

/** Those that are new, and the last one, which has to say that another segment follows. */
async function indexesToWrite(place: LogPlace, { segments }: Walk): Promise<SegmentSummary[]> {
  const toWrite: SegmentSummary[] = [];
  for (const [i, segment] of segments.entries()) {
    const isUnfollowed = i === segments.length - 1 && !segment.summary.isFollowed;
    if (!segment.isToWrite && !isUnfollowed) continue;
    segment.summary = { ...segment.summary, isFollowed: true };
    toWrite.push(await indexOf(place, segment));
  }
  return toWrite;
}

const WHAT: Readonly<Record<Problem['kind'], (problem: Problem) => string>> = {
  frames: ({ holes: [hole] }) => (hole === undefined ? 'misses events' : `is damaged from byte ${hole.from} to ${hole.to}`),
  head: () => 'is damaged in its first bytes, of which there is a copy',
  size: ({ holes: [hole] }) => `is longer than it was, from byte ${hole!.from} on`,
  missing: () => 'is missing',
  unreadable: () => 'is damaged in its first bytes and can not be opened',
  base: () =>
    'and all before it are gone, and the .base file that says whether retention removed them, and with which sequence numbers the log goes on, is damaged or missing; a repair goes on with the first events behind it, or far higher numbers',
};

/** For the person who has to decide: what is damaged, which events are missing, and what to do. */
export function damageText(problems: readonly Problem[]): string {
  const SHOWN = 5;
  const what = problems.slice(0, SHOWN).map((problem) => `${segmentName(problem.number)} ${WHAT[problem.kind](problem)}`);
  const more = problems.length > SHOWN ? [`${problems.length - SHOWN} more places`] : [];
  const lost = problems.flatMap((problem) => problem.lost);
  const missing =
    lost.length === 0 ? 'no event would be missing' : `${countOf(lost)} acknowledged events would be missing (${textOf(lost)})`;
  return (
    `${[...what, ...more].join('; ')}: ${missing}; restore the files of the log from a backup, or start once with --repair, ` +
    'which keeps a copy of what is damaged in the folder quarantine and goes on without it'
  );
}

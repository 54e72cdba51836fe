import { type LogPlace, type Problem, walkLog } from './log-walk.js';

export interface Verified {
  readonly segments: number;
  readonly problems: readonly Problem[];
  /** `.idx` files that are damaged or missing; the next start makes them anew. */
  readonly indexes: readonly number[];
  /** Bytes behind the last whole record: a write that is under way, or that a crash has cut off. */
  readonly tornBytes: number;
}

/**
 * Reads all of a log and changes nothing; also while a hub has it open. What a writer is just about to write looks like
 * damage for a moment, so only what is found twice in the same place counts.
 */
export async function verifyLog(place: LogPlace, onSegment?: (done: number, of: number) => void): Promise<Verified> {
  const first = await walkLog(place, { isFull: true, ...(onSegment === undefined ? {} : { onSegment }) });
  const again = first.problems.length > 0 || first.rebuilt.length > 0 ? await walkLog(place, { isFull: true }) : first;
  const known = new Set(first.problems.map(placeOf));
  return {
    segments: again.segments.length,
    problems: again.problems.filter((problem) => known.has(placeOf(problem))),
    indexes: again.rebuilt.filter((number) => first.rebuilt.includes(number)),
    tornBytes: again.tail?.tornBytes ?? 0,
  };
}

const placeOf = ({ number, kind, holes }: Problem): string => `${number} ${kind} ${holes[0]?.from ?? ''}`;

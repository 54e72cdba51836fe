import type { Origin } from '@vigil/contracts';
import type { Range } from './ranges.js';
import type { TocEntry, TocSource } from './toc.js';

/**
 * Stored messages that nobody will send, as far as the spool knows them: the facts of a `gap` event without its envelope.
 *
 * The same loss has the same facts after any crash, so an id made of them is idempotent. `fromSeq` and `toSeq` are
 * inclusive, and every message between them is lost; they, the device and the boot are null where nothing tells.
 */
export interface SpoolGap {
  /** `evicted`: past the age limit, dropped from a full spool. `damaged`: no longer readable, or gone from the disk. */
  readonly reason: 'evicted' | 'damaged';
  /** Partition key of the records; null where nothing tells. */
  readonly key: string | null;
  readonly origin: Origin;
  readonly deviceId: string | null;
  readonly bootId: string | null;
  readonly fromSeq: number | null;
  readonly toSeq: number | null;
  readonly count: number;
  /** Event times, both inclusive; of their storing where nothing tells more. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Place of the first of them on the spool. */
  readonly firstIndex: number;
}

/** Between which event times records lie that no table of contents names. */
export interface Between {
  readonly fromMs: number;
  readonly toMs: number;
}

type Open = { -readonly [K in keyof SpoolGap]: SpoolGap[K] };

/**
 * The gaps that lost places make: one for each unbroken run of a device's numbers, and one for each run of places of
 * which nothing is known.
 *
 * @param entries what the table of contents says of these places, ascending; places that it does not name are counted
 */
export function gapsOf(
  reason: SpoolGap['reason'],
  lost: readonly Range[],
  entries: Iterable<TocEntry>,
  unknown: Between,
): SpoolGap[] {
  const gaps: SpoolGap[] = [];
  const open = new Map<TocSource, Open>();
  const named = new Set<number>();
  for (const { index, source, seq, atMs } of entries) {
    named.add(index);
    const last = open.get(source);
    if (last !== undefined && (seq === null || seq === last.toSeq! + 1)) {
      last.toSeq = seq;
      last.count++;
      last.fromMs = Math.min(last.fromMs, atMs);
      last.toMs = Math.max(last.toMs, atMs);
      continue;
    }
    const gap: Open = {
      ...{ reason, fromSeq: seq, toSeq: seq, count: 1, fromMs: atMs, toMs: atMs },
      ...sourceOf(source),
      firstIndex: index,
    };
    open.set(source, gap);
    gaps.push(gap);
  }
  for (const { from, to } of lost) {
    let count = 0;
    for (let index = from; index <= to; index++) {
      if (index < to && !named.has(index)) count++;
      else if (count > 0) {
        gaps.push({ ...{ reason, ...NOBODY, fromSeq: null, toSeq: null, count, ...unknown }, firstIndex: index - count });
        count = 0;
      }
    }
  }
  return gaps;
}

const NOBODY = { key: null, origin: 'live', deviceId: null, bootId: null } as const;

function sourceOf({ key, origin, deviceId, bootId }: TocSource): Pick<SpoolGap, 'key' | 'origin' | 'deviceId' | 'bootId'> {
  return { key, origin, deviceId, bootId };
}

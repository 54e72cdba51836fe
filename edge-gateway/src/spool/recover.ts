import { type KeyPort, openSegmentHeaders, SealError } from '@vigil/sealed-records';
import { codeOf, type GatewayLog } from '../log.js';
import type { SpoolDisk } from './disk.js';
import { FRAME_HEADER_BYTES } from './frame.js';
import type { RangeSet } from './ranges.js';
import { scanTail } from './scan-tail.js';
import {
  firstOf,
  headDigest,
  isDamage,
  openSegment,
  readHead,
  sealContext,
  type Segment,
  segmentName,
  sideName,
  tocName,
} from './segments.js';
import { segmentOf } from './segment-table.js';
import type { SpoolState } from './state-file.js';

/** A segment that a former start left. */
export interface FoundSegment extends Segment {
  /** The key-encryption key it depends on; null where what lies beside it has to be written again. */
  readonly keyId: string | null;
  /** Why it does not open; null when it does. */
  readonly damage: string | null;
}

export interface Recovered {
  /** Ascending. None of them is written to again: each start begins a new segment with a new key. */
  readonly segments: FoundSegment[];
  /** Index of the next record. */
  readonly nextIndex: number;
  /** Bytes behind the last whole record. They were never acknowledged. */
  readonly cutBytes: number;
  /** Segments are older than what is known of them, were exchanged, or were put back after they were removed. */
  readonly rolledBack: boolean;
}

export interface Recovery {
  readonly disk: SpoolDisk;
  readonly keys: KeyPort;
  readonly gatewayId: string;
  readonly log: GatewayLog;
  /** What the spool should hold; null when nothing tells. */
  readonly known: SpoolState | null;
  readonly settled: RangeSet;
  /** No fewer records than this were stored. */
  readonly mark: number;
}

/**
 * Finds what a former start left and holds it against what it should have left. Only segments that were still written to
 * are read whole; damage in the others shows as a gap when they are read.
 *
 * A torn tail needs no cutting. The next segment starts at the index behind the last whole record, and readers stop
 * there.
 *
 * @throws SealError `key-unknown` when the key file is not the one that sealed the segments; `key-file` when several
 * segments are there and no key opens any of them
 */
export async function recover(recovery: Recovery): Promise<Recovered> {
  const { disk, known, gatewayId } = recovery;
  const names = await disk.list();
  const there = new Set(names.flatMap((name) => firstOf(name) ?? []));
  const segments: FoundSegment[] = [];
  let rolledBack = false;
  for (const first of known === null ? ascending(there) : []) segments.push(await probe(recovery, first));
  for (const [i, row] of (known?.segments ?? []).entries()) {
    const to = known!.segments[i + 1]?.first ?? Math.max(known!.nextIndex, recovery.mark);
    const found = await look(recovery, row, there.has(row.first), to);
    if (found === null) continue;
    rolledBack ||= found.gone !== null;
    segments.push(found);
  }
  if (known !== null) {
    const younger = await removeStrangers(recovery, there);
    rolledBack ||= younger.putBack;
    for (const first of younger.unnamed) segments.push(await probe(recovery, first));
  }
  await removeOrphans(disk, names, new Set(segments.flatMap(({ first }) => [sideName(first), tocName(first)])));
  // One segment with a wrong tag is damage; when it is all of them, these are another gateway's keys or segments.
  if (known === null && segments.length > 1 && segments.every(({ damage }) => damage === 'tampered')) {
    throw new SealError(
      'key-file',
      `none of ${segments.length} spool segments opens; restore the key file of gateway ${gatewayId} from its backup`,
    );
  }
  return { segments, rolledBack, ...(await settleEnds(recovery, segments)) };
}

const ascending = (firsts: ReadonlySet<number>): number[] => [...firsts].sort((a, b) => a - b);

type Row = SpoolState['segments'][number];

/** One segment that should be there. Null when nothing of it was ever acknowledged, or all of it is settled. */
async function look(recovery: Recovery, row: Row, isThere: boolean, to: number): Promise<FoundSegment | null> {
  const { disk, log, settled } = recovery;
  const gone = (why: 'missing' | 'replaced'): FoundSegment | null => {
    if (settled.covers({ from: row.first, to })) return null;
    log.error({ segment: row.first, count: to - row.first }, `a spool segment is ${why}`);
    return { ...segmentOf(row, { bytes: 0, tocBytes: 0, gone: why }), keyId: null, damage: why };
  };
  if (!isThere) return gone('missing');
  const { head } = await readHead(disk, row.first);
  const isGenuine = headDigest(head.subarray(0, row.headBytes)) === row.head;
  if (!isGenuine && (await isSegment(recovery, row.first, head))) {
    await putAside(recovery, row.first);
    return gone('replaced');
  }
  const found = await probe(recovery, row.first, isGenuine);
  if (row.bytes !== null && found.bytes < row.bytes)
    log.error({ segment: row.first, bytes: row.bytes - found.bytes }, 'a spool segment is shorter than it was');
  const { keyId, damage, bytes, tocBytes } = found;
  return { ...segmentOf(row, { bytes, tocBytes, gone: null }), keyId, damage };
}

/** True for the first bytes of a segment of this name; false where the header is damaged. */
async function isSegment({ keys, gatewayId }: Recovery, first: number, own: Buffer): Promise<boolean> {
  return openSegmentHeaders(keys, { own, side: null }, sealContext(gatewayId, first)).then(
    () => true,
    () => false,
  );
}

/**
 * Segments that are there and should not be: removals that were under way, and what was put back.
 *
 * Those behind the state are no such: it is an older copy because the newer one is damaged, or another version of the
 * gateway wrote here. What was removed before the state was written began before its `nextIndex`.
 */
async function removeStrangers(
  recovery: Recovery,
  there: ReadonlySet<number>,
): Promise<{ readonly putBack: boolean; readonly unnamed: number[] }> {
  const { disk, known, log } = recovery;
  const expected = new Set(known!.segments.map((row) => row.first));
  const removing = new Set(known!.removing);
  const unnamed: number[] = [];
  let putBack = false;
  for (const first of ascending(there)) {
    if (expected.has(first)) continue;
    if (first >= known!.nextIndex) {
      log.warn({ segment: first }, 'a spool segment is younger than what is known of the spool; it is sent');
      unnamed.push(first);
      continue;
    }
    if (removing.has(first)) {
      await disk.remove(segmentName(first));
      continue;
    }
    putBack = true;
    log.error({ segment: first }, 'a spool segment that was removed is there again; it is not sent');
    await putAside(recovery, first);
  }
  return { putBack, unnamed };
}

async function putAside({ disk }: Recovery, first: number): Promise<void> {
  await disk.keepAside(segmentName(first)).catch(() => undefined);
  await disk.remove(segmentName(first));
}

/** What lies beside segments that are gone, and what a crash left half written. */
async function removeOrphans(disk: SpoolDisk, names: readonly string[], known: ReadonlySet<string>): Promise<void> {
  for (const name of names) {
    const isBeside = /\.seg\.(key|toc)$/.test(name);
    if (/\.seg\.(key|toc)\.tmp$/.test(name) || (isBeside && !known.has(name))) await disk.remove(name);
  }
}

/** Size, age, and whether the key is at hand. A damaged header is left to the reader, which declares what is lost. */
async function probe({ log, ...place }: Recovery, first: number, isGenuine = false): Promise<FoundSegment> {
  const { head, bytes } = await readHead(place.disk, first, FRAME_HEADER_BYTES);
  const tocBytes = (await place.disk.readSmall(tocName(first)))?.length ?? 0;
  const facts = { first, bytes, tocBytes, end: null, evicting: null, gone: null };
  try {
    const { headerLength, keyId, sideFault } = await openSegment(place, first, head);
    const wallMs = head.length >= headerLength + FRAME_HEADER_BYTES ? head.readUIntBE(headerLength + 22, 6) : 0;
    if (sideFault !== null)
      log.warn({ segment: first, code: sideFault.code }, 'the wrapped key beside a spool segment is damaged');
    const digest = headDigest(head.subarray(0, headerLength));
    return {
      ...facts,
      head: digest,
      headBytes: headerLength,
      wallMs,
      toMs: wallMs,
      keyId: sideFault === null ? keyId : null,
      damage: null,
    };
  } catch (error) {
    // A flipped bit in the key's name reads as a foreign key. Where the state says that the header was another, it is damage.
    const isFlipped = codeOf(error) === 'key-unknown' && place.known !== null && !isGenuine;
    if (!isDamage(error) && !isFlipped) throw error;
    log.warn({ segment: first, code: codeOf(error) }, 'spool segment header is damaged or unfinished');
    const digest = headDigest(head);
    return {
      ...facts,
      head: digest,
      headBytes: head.length,
      wallMs: 0,
      toMs: 0,
      keyId: null,
      damage: isFlipped ? 'tampered' : codeOf(error),
    };
  }
}

/** Reads the segments whose end is not known, and says where the next record goes. */
async function settleEnds(recovery: Recovery, segments: FoundSegment[]): Promise<{ nextIndex: number; cutBytes: number }> {
  const { disk, known, mark } = recovery;
  const least = Math.max(known?.nextIndex ?? 0, mark);
  const last = segments.at(-1);
  let cutBytes = 0;
  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1]?.first;
    if (segment.gone !== null || (next !== undefined && (segment.end !== null || known === null))) {
      segment.end ??= next ?? null;
      continue;
    }
    const tail = await scanTail(recovery, segment, next ?? null);
    cutBytes += tail.cutBytes;
    segment.end ??= next ?? tail.nextIndex;
    segment.toMs = Math.max(segment.toMs, tail.toMs);
    segment.tocBytes = tail.tocBytes ?? segment.tocBytes;
  }
  if (last === undefined) return { nextIndex: least, cutBytes };
  const nextIndex = Math.max(last.end ?? last.first, least);
  if (nextIndex === last.first) {
    // Nothing in it was ever acknowledged; the next segment takes its name.
    await disk.remove(segmentName(last.first));
    await disk.remove(sideName(last.first));
    await disk.remove(tocName(last.first));
    segments.pop();
  } else last.end = nextIndex;
  return { nextIndex, cutBytes };
}

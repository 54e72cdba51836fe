import type { Clock } from '@vigil/clock';
import type { LogRecord } from '../log-record.js';
import type { GatewayMetrics } from '../metrics.js';
import type { GatewayLog } from '../log.js';
import type { SpoolGap } from './gap.js';
import { lossesOf } from './losses.js';
import { type Range, RangeSet, sizeOf } from './ranges.js';
import { type SpoolEntry, SpoolReader } from './reader.js';
import type { SegmentTable } from './segment-table.js';
import type { Segment, SpoolPlace } from './segments.js';
import { loadToc } from './toc-file.js';
import type { TocEntry } from './toc.js';

/** What eviction needs of the spool. */
export interface Evictable {
  readonly place: SpoolPlace;
  readonly table: SegmentTable;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly maxAgeMs: number;
  readonly onGap: (gap: SpoolGap) => LogRecord;
  /** First index of the segment that is still written to. */
  activeFirst(): number | null;
  /** Places of a range that the log has not settled. */
  unsettled(within: Range): Range[];
  /** Places of numerics that somebody reads to send them, or sends, right now. */
  sending(): readonly Range[];
  /** Gives places out no more. */
  hold(ranges: readonly Range[]): void;
  /** Takes places for dealt with. */
  drop(ranges: readonly Range[]): void;
  /** Stores records at once, whatever the size bound says; durable when it resolves. */
  write(records: readonly LogRecord[]): Promise<void>;
}

const RECORDS_AT_ONCE = 500;

/**
 * Makes room in a full spool: of the oldest finished segment whose records are all past the age limit, the numerics go;
 * everything else in it is stored again at the end.
 *
 * In this order, each step durable before the next: what goes is named in the state (from then on it is not sent any
 * more), its gaps and what is kept are stored, the segment is removed. A crash at any moment goes on from the state, and
 * makes the same gaps again.
 */
export class Eviction {
  constructor(private readonly spool: Evictable) {}

  /** @returns false when nothing is old enough to go @throws whatever the disk throws; worth trying again */
  async makeRoom(): Promise<boolean> {
    const { table } = this.spool;
    if (await this.finishBegun()) return true;
    for (const [i, segment] of table.list.entries()) {
      const drops = await this.holdOld(segment, { from: segment.first, to: table.endOf(i) });
      if (drops === null) continue;
      segment.evicting = drops;
      await this.finish(segment);
      return true;
    }
    return false;
  }

  /** Goes on with what was decided and not finished. @returns whether there was any */
  async finishBegun(): Promise<boolean> {
    const begun = this.spool.table.list.filter(({ evicting }) => evicting !== null);
    for (const segment of begun) await this.finish(segment);
    return begun.length > 0;
  }

  /** Holds the places of a segment that may go now; null when none of it may, or when hardly any of it are numerics. */
  private async holdOld(segment: Segment, all: Range): Promise<Range[] | null> {
    const { clock, maxAgeMs, place } = this.spool;
    const isOld = clock.wallMs() - segment.toMs >= maxAgeMs;
    if (!isOld || segment.gone !== null || segment.first === this.spool.activeFirst()) return null;
    // Without its table of contents it can't be said what would go, so it stays.
    const toc = await loadToc(place, segment.first);
    if (toc === null) return null;
    // From here on in one turn: nobody can begin to read or send what goes before it is held.
    if (this.spool.sending().some(({ from, to }) => from < all.to && to > all.from)) return null;
    const numerics = new RangeSet();
    for (const { index, source } of toc) if (source.lane === 'numerics') numerics.add({ from: index, to: index + 1 });
    const waiting = this.spool.unsettled(all);
    const drops = waiting.flatMap((range) => numerics.within(range));
    const kept = sizeOf(waiting) - sizeOf(drops);
    if (drops.length === 0 || 2 * kept > all.to - all.from) return null;
    this.spool.hold(drops);
    return drops;
  }

  private async finish(segment: Segment): Promise<void> {
    const { place, table, clock, metrics, log, onGap } = this.spool;
    const lost = segment.evicting ?? [];
    // A write of the state that fails may be on the disk all the same. So nothing of it is sent from the decision on, and
    // nothing counts as dealt with before the decision is durable.
    await table.save();
    this.spool.drop(lost);
    const toc: TocEntry[] | null = await loadToc(place, segment.first);
    const gaps = lossesOf(clock, segment, { reason: 'evicted', lost, toc });
    for (let from = 0; from < gaps.length; from += RECORDS_AT_ONCE) {
      await this.spool.write(gaps.slice(from, from + RECORDS_AT_ONCE).map(onGap));
    }
    await this.storeRestAgain(segment);
    const freed = await table.remove([segment]);
    metrics.spoolEvicted.inc({ reason: 'age' }, sizeOf(lost));
    log.warn({ segment: segment.first, count: sizeOf(lost), bytes: freed }, 'spool is full; numerics past their age limit went');
  }

  private async storeRestAgain(segment: Segment): Promise<void> {
    const { place, table } = this.spool;
    const all = { from: segment.first, to: table.endOf(table.list.indexOf(segment)) };
    const reader = new SpoolReader(place);
    try {
      for (const range of this.spool.unsettled(all)) {
        for (let { from } = range; from < range.to;) {
          const { entries, damaged } = await reader.read(segment.first, { from, to: range.to }, RECORDS_AT_ONCE);
          const to = Math.max(from, ...entries.map((e) => e.index + 1), ...damaged.map((d) => d.range.to));
          await this.keep(
            segment,
            entries,
            damaged.map((d) => d.range),
          );
          this.spool.drop([{ from, to }]);
          from = to;
        }
      }
    } finally {
      await reader.close();
    }
  }

  private async keep(segment: Segment, entries: readonly SpoolEntry[], damaged: readonly Range[]): Promise<void> {
    const { clock, onGap, metrics, place } = this.spool;
    const toc = damaged.length === 0 ? null : await loadToc(place, segment.first);
    const gaps = lossesOf(clock, segment, { reason: 'damaged', lost: damaged, toc });
    metrics.spoolLost.inc(sizeOf(damaged));
    const records = [...entries.map((e) => e.record), ...gaps.map(onGap)];
    if (records.length > 0) await this.spool.write(records);
  }
}

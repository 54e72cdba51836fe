import type { LogRecord } from '../log-record.js';
import { lossesOf } from './losses.js';
import { type Range, RangeSet } from './ranges.js';
import { type ReadResult, type SpoolEntry, SpoolReader } from './reader.js';
import type { SegmentTable } from './segment-table.js';
import { type Segment, segmentName, type SpoolPlace } from './segments.js';
import type { SpoolOptions } from './spool-options.js';
import { loadToc } from './toc-file.js';
import type { TocEntry } from './toc.js';

export interface SpoolReadsOptions {
  readonly spool: SpoolOptions;
  readonly place: SpoolPlace;
  readonly table: SegmentTable;
  readonly settled: RangeSet;
  /** Unsettled places of alarms and events. */
  readonly ahead: RangeSet;
  /** What the active segment holds; null for any other. */
  readonly tocOf: (first: number) => TocEntry[] | null;
  readonly append: (records: readonly LogRecord[], done: (outage?: Error) => void) => void;
  readonly settle: (ranges: readonly Range[]) => void;
  /** Damage was found. */
  readonly found: () => void;
}

/** Records, and the index up to which what was asked for is dealt with. */
export type ReadBack = Promise<{ readonly entries: SpoolEntry[]; readonly upTo: number }>;

type Damaged = ReadResult['damaged'];

/** Reads back what the log has not settled, and declares what can't be read. */
export class SpoolReads {
  private readonly reader: SpoolReader;
  /** For alarms and events, so that these lose the others no place in the backlog. */
  private readonly aheadReader: SpoolReader;
  /** Places that are damaged or evicted, until their declaration is on the disk. */
  private readonly declaring = new RangeSet();
  private reading: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SpoolReadsOptions) {
    this.reader = new SpoolReader(options.place);
    this.aheadReader = new SpoolReader(options.place);
  }

  /** As `Spool.read`; one at a time. */
  read(wanted: Range, max: number): ReadBack {
    const next = this.reading.then(() => this.readNow(wanted, max));
    this.reading = next.catch(() => undefined);
    return next;
  }

  /** As `Spool.reread`. */
  reread(wanted: Range, max: number): ReadBack {
    const next = this.reading.then(async () => {
      const { table } = this.options;
      const place = table.placeOf(wanted.from);
      const segment = table.list[place];
      const to = Math.min(wanted.to, segment === undefined ? (table.list[0]?.first ?? wanted.to) : table.endOf(place));
      if (segment === undefined || segment.gone !== null || to <= wanted.from) {
        return { entries: [], upTo: Math.max(to, Math.min(wanted.to, table.list[place + 1]?.first ?? wanted.to)) };
      }
      const { entries, damaged } = await this.reader.read(segment.first, { from: wanted.from, to }, max);
      const last = Math.max(entries.at(-1)?.index ?? -1, ...damaged.map((d) => d.range.to - 1), wanted.from - 1);
      return { entries, upTo: last + 1 };
    });
    this.reading = next.catch(() => undefined);
    return next;
  }

  /** These are not given out any more. */
  hold(ranges: readonly Range[]): void {
    for (const range of ranges) this.declaring.add(range);
  }

  async close(): Promise<void> {
    await this.reading;
    await Promise.all([this.reader.close(), this.aheadReader.close()]);
  }

  private async readNow(wanted: Range, max: number): ReadBack {
    const { table, settled, ahead } = this.options;
    const open = settled.firstMissing(wanted);
    const range = open === null ? null : this.declaring.firstMissing(open);
    if (range === null) return { entries: [], upTo: open?.to ?? wanted.to };
    const place = table.placeOf(range.from);
    const segment = table.list[place];
    if (segment === undefined) return { entries: [], upTo: Math.min(range.to, table.list[0]?.first ?? range.to) };
    const to = Math.min(range.to, table.endOf(place));
    const part = { from: range.from, to };
    const reader = ahead.covers(part) ? this.aheadReader : this.reader;
    const { entries, damaged }: ReadResult =
      segment.gone === null
        ? await reader.read(segment.first, part, max)
        : { entries: [], damaged: [{ range: part, segment: segment.first, code: segment.gone }] };
    if (damaged.length > 0) await this.declare(segment, damaged);
    const last = Math.max(entries.at(-1)?.index ?? -1, ...damaged.map((d) => d.range.to - 1), range.from - 1);
    return { entries, upTo: last + 1 };
  }

  /** Keeps damaged records out of the way until their loss is declared durably; then they count as settled. */
  private async declare(segment: Segment, damaged: Damaged): Promise<void> {
    const { place, spool, found, tocOf, append, settle } = this.options;
    const { metrics, log, clock, onGap } = spool;
    const lost = damaged.map((d) => d.range);
    for (const { range, code } of damaged) {
      const count = range.to - range.from;
      log.error({ segment: segment.first, from: range.from, count, code }, 'spool records are damaged and lost');
      this.declaring.add(range);
    }
    found();
    if (segment.gone === null) await place.disk.keepAside(segmentName(segment.first)).catch(() => undefined);
    const toc = tocOf(segment.first) ?? (await loadToc(place, segment.first));
    append(lossesOf(clock, segment, { reason: 'damaged', lost, toc }).map(onGap), (outage) => {
      for (const range of lost) this.declaring.remove(range);
      if (outage !== undefined) return;
      metrics.spoolLost.inc(lost.reduce((sum, { from, to }) => sum + to - from, 0));
      settle(lost);
    });
  }
}

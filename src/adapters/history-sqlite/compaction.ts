import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { HistoryRetention } from '../../ports/history-retention.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';
import type { HourTable } from './hour-table.js';
import { samplesOf } from './hours-of.js';
import { HOUR_MS, MINUTES_OF_HOUR, type PackedHour, withLate } from './packed-hour.js';

const DAY_MS = 86_400_000;
/** An hour is packed so long (event time) after its end: what is written and read most stays in chunks. */
export const PACK_AFTER_MS = 2 * HOUR_MS;
/** Before the first series. */
export const FIRST: SeriesName = { bed: '', metric: '' };

const CLASSES = ['samples', 'minutes', 'hours'] as const;
type Class = (typeof CLASSES)[number];

/** Until when, of event time, each class has been let go of; hours, because whole ones go. */
export type Horizons = Readonly<Record<Class, number>>;

export interface Packed {
  /** Where to go on; null: nothing is left. */
  readonly next: (SeriesName & { readonly minute: number }) | null;
  readonly hours: number;
}

/** The upkeep of the file: hours are packed, and what is beyond its time is let go. All calls are for inside a transaction. */
export class Compaction {
  private readonly load: StatementSync;
  private readonly save: StatementSync;

  constructor(
    db: DatabaseSync,
    private readonly tables: { readonly chunks: ChunkTable; readonly hours: HourTable },
    /** Told before rows of a series change. */
    private readonly onChange: (series: SeriesName) => void,
  ) {
    this.load = db.prepare('SELECT before_ms FROM let_go WHERE class = ?');
    this.save = db.prepare(
      'INSERT INTO let_go (class, before_ms) VALUES (?, ?) ON CONFLICT (class) DO UPDATE SET before_ms = excluded.before_ms',
    );
  }

  /** Packs the first hour that is over, at or behind this place. */
  packNext({ bed, metric, minute }: SeriesName & { readonly minute: number }, beforeMs: number): Packed {
    const found = this.tables.chunks.after(bed, metric, minute);
    if (found === undefined) return { next: null, hours: 0 };
    const hour = Math.floor(found.minute / MINUTES_OF_HOUR);
    if ((hour + 1) * HOUR_MS > beforeMs) return { next: { ...found, minute: Number.MAX_SAFE_INTEGER }, hours: 0 };
    this.pack(found, hour);
    return { next: { ...found, minute: (hour + 1) * MINUTES_OF_HOUR - 1 }, hours: 1 };
  }

  private pack(series: SeriesName, hour: number): void {
    const { chunks, hours } = this.tables;
    this.onChange(series);
    const fromMinute = hour * MINUTES_OF_HOUR;
    const rows = [...chunks.range(series, fromMinute, fromMinute + MINUTES_OF_HOUR - 1)];
    const packed = withLate(hours.get(series, hour)?.unpacked(), samplesOf({ hour, chunks: rows }));
    const kept = this.within(packed, hour);
    hours.putOrRemove(series, hour, kept);
    for (const { minute } of rows) chunks.remove(series, minute);
  }

  /** What comes for a time that was let go of is kept no finer than what is there. */
  private within(packed: PackedHour, hour: number): PackedHour | null {
    const { samples, minutes, hours } = this.horizons();
    const startMs = hour * HOUR_MS;
    if (startMs < hours) return null;
    if (startMs < minutes) return { samples: null, minutes: null, hours: packed.hours };
    return startMs < samples ? { ...packed, samples: null } : packed;
  }

  horizons(): Horizons {
    const of = (name: Class): number => (this.load.get(name)?.['before_ms'] as number | undefined) ?? 0;
    return { samples: of('samples'), minutes: of('minutes'), hours: of('hours') };
  }

  /**
   * Until when each class may be let go of now. Ages count from the clock, but what is gone is gone: the horizon moves no further
   * than `stepMs` at once, and starts from the newest that is stored where that is older, so that no clock can rush it.
   */
  due(retention: HistoryRetention, { nowMs, stepMs }: { readonly nowMs: number; readonly stepMs: number }): Horizons {
    const { rawDays, minuteDays, hourDays } = retention;
    const days = { samples: rawDays, minutes: minuteDays, hours: hourDays };
    const before = this.horizons();
    const due = (name: Class): number => {
      if (days[name] === 0) return before[name];
      const fromMs = before[name] === 0 ? Math.min(nowMs, this.newestMs() ?? 0) : nowMs;
      const wantedMs = fromMs - days[name] * DAY_MS;
      const cappedMs = before[name] === 0 ? wantedMs : Math.min(wantedMs, before[name] + stepMs);
      return Math.max(before[name], Math.floor(cappedMs / HOUR_MS) * HOUR_MS);
    };
    return { samples: due('samples'), minutes: due('minutes'), hours: due('hours') };
  }

  /** Lets go of what one series has between what was let go of and `until`. @returns rows that changed */
  letGo(series: SeriesName, until: Horizons): number {
    const before = this.horizons();
    let changed = 0;
    for (const name of CLASSES) {
      if (until[name] <= before[name]) continue;
      changed += this.tables.hours.letGo(name, series, before[name] / HOUR_MS, until[name] / HOUR_MS);
    }
    return changed;
  }

  /** To be called when every series has let go. */
  keepHorizons(until: Horizons): void {
    for (const name of CLASSES) this.save.run(name, until[name]);
  }

  private newestMs(): number | null {
    let newest: number | null = null;
    const { chunks, hours } = this.tables;
    for (let at = chunks.after('', '', 0); at !== undefined; at = chunks.after(at.bed, at.metric, Number.MAX_SAFE_INTEGER)) {
      const last = chunks.newest(at, 0);
      if (last !== undefined) newest = Math.max(newest ?? 0, (last.minute + 1) * MINUTE_MS);
    }
    for (let at = hours.after(FIRST); at !== undefined; at = hours.after(at)) {
      const last = hours.newest(at, 0);
      if (last !== undefined) newest = Math.max(newest ?? 0, (last.hour + 1) * HOUR_MS);
    }
    return newest;
  }
}

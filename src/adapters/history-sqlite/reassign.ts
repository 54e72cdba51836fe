import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeviceId, MetricName } from '@vigil/contracts';
import type { Reassign } from '../../ports/observation-store.js';
import { Chunk, deviceHash, partChunk } from './chunk.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';
import type { HourTable } from './hour-table.js';
import { HOUR_MS, partHour, withLate, withStats } from './packed-hour.js';

/** Chunks of one transaction: some thousand samples, in which the process does nothing else. */
const CHUNKS_AT_ONCE = 60;
/** Packed hours of one transaction: each is some 3,600 samples. */
const HOURS_AT_ONCE = 4;
/** After any minute that a sample can have. */
const MINUTE_MAX = 2 ** 42;

/** Before the device, in place of a bed: no bed's name, which has no colon. */
const NOBODYS = 'device:';
/** Sorts behind every such name. */
const AFTER_NOBODYS = 'device;';

/** What one transaction came to: at which minute (or hour) to go on, or null where nothing is left. */
export interface Moved {
  readonly samples: number;
  readonly next: number | null;
}

/** Moves samples of one device from one bed to another. Called inside a transaction. */
export class Reassigning {
  private readonly next: StatementSync;

  constructor(
    db: DatabaseSync,
    private readonly chunks: ChunkTable,
    private readonly hours: HourTable,
  ) {
    const first = (table: string): string => `SELECT min(bed_id) AS bed_id FROM ${table} WHERE bed_id > ?1 AND bed_id < ?2`;
    this.next = db.prepare(`SELECT min(bed_id) AS bed_id FROM (${first('chunk')} UNION ALL ${first('hour')})`);
  }

  /** One look into the index for each. */
  detached(): readonly DeviceId[] {
    const found: DeviceId[] = [];
    let last = NOBODYS;
    for (;;) {
      const row = this.next.get(last, AFTER_NOBODYS);
      const bed = row?.['bed_id'] as string | null | undefined;
      if (bed === undefined || bed === null) return found;
      last = bed;
      found.push(last.slice(NOBODYS.length) as DeviceId);
    }
  }

  some(request: Reassign, metric: MetricName, fromMinute: number): Moved {
    const { deviceId, fromMs, toMs } = request;
    const [from, to] = placesOf(request).map((bed) => ({ bed, metric })) as [SeriesName, SeriesName];
    const device = deviceHash(deviceId);
    const lastMinute = toMs === null ? MINUTE_MAX : Math.floor((toMs - 1) / MINUTE_MS);
    const rows = [...this.chunks.range(from, fromMinute, lastMinute, CHUNKS_AT_ONCE)];
    let samples = 0;
    for (const row of rows) {
      const { minute } = row;
      const startMs = minute * MINUTE_MS;
      const stretch = { fromMs: fromMs - startMs, toMs: toMs === null ? Infinity : toMs - startMs };
      const { kept, taken } = partChunk(row, { device, ...stretch });
      if (taken.length === 0) continue;
      const into = new Chunk(this.chunks.get(to, minute));
      for (const sample of taken) into.add(sample);
      this.chunks.put(to, minute, into);
      this.chunks.putOrRemove(from, minute, kept);
      samples += taken.length;
    }
    const last = rows.at(-1);
    return { samples, next: rows.length < CHUNKS_AT_ONCE ? null : last!.minute + 1 };
  }

  /** The same of what is packed, from this hour on. Means that lie partly in the stretch stay where they are. */
  someHours(request: Reassign, metric: MetricName, fromHour: number): Moved {
    const { deviceId, fromMs, toMs } = request;
    const [from, to] = placesOf(request).map((bed) => ({ bed, metric })) as [SeriesName, SeriesName];
    const lastHour = toMs === null ? MINUTE_MAX : Math.floor((toMs - 1) / HOUR_MS);
    const rows = [...this.hours.range(from, fromHour, lastHour, HOURS_AT_ONCE)];
    let samples = 0;
    for (const row of rows) {
      const startMs = row.hour * HOUR_MS;
      const stretch = { fromMs: fromMs - startMs, toMs: toMs === null ? Infinity : toMs - startMs, takesParts: false };
      const parted = partHour(row.unpacked(), { device: deviceHash(deviceId), ...stretch });
      if (parted.count === 0) continue;
      this.hours.putOrRemove(from, row.hour, parted.kept);
      const there = this.hours.get(to, row.hour)?.unpacked();
      const joined = parted.samples.length > 0 ? withLate(there, parted.samples) : withStats(there, parted);
      this.hours.put(to, row.hour, joined);
      samples += parted.count;
    }
    return { samples, next: rows.length < HOURS_AT_ONCE ? null : rows.at(-1)!.hour + 1 };
  }
}

/** Under which names the samples are. */
export function placesOf({ deviceId, fromBedId, toBedId }: Reassign): readonly [from: string, to: string] {
  const nobodys = `${NOBODYS}${deviceId}`;
  return [fromBedId ?? nobodys, toBedId ?? nobodys];
}

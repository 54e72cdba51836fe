import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeviceId, MetricName } from '@vigil/contracts';
import type { Reassign } from '../../ports/observation-store.js';
import { Chunk, deviceHash, partChunk } from './chunk.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';

/** Chunks of one transaction: some thousand samples, in which the process does nothing else. */
const CHUNKS_AT_ONCE = 60;
/** After any minute that a sample can have. */
const MINUTE_MAX = 2 ** 42;

/** Before the device, in place of a bed: no bed's name, which has no colon. */
const NOBODYS = 'device:';
/** Sorts behind every such name. */
const AFTER_NOBODYS = 'device;';

/** What one transaction came to: where to go on, or null where nothing is left. */
export interface Moved {
  readonly samples: number;
  readonly nextMinute: number | null;
}

/** Moves samples of one device from one bed to another. Called inside a transaction. */
export class Reassigning {
  private readonly next: StatementSync;

  constructor(
    db: DatabaseSync,
    private readonly chunks: ChunkTable,
  ) {
    this.next = db.prepare('SELECT bed_id FROM chunk WHERE bed_id > ? AND bed_id < ? ORDER BY bed_id LIMIT 1');
  }

  /** One look into the index for each. */
  detached(): readonly DeviceId[] {
    const found: DeviceId[] = [];
    let last = NOBODYS;
    for (;;) {
      const row = this.next.get(last, AFTER_NOBODYS);
      if (row === undefined) return found;
      last = row['bed_id'] as string;
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
    return { samples, nextMinute: rows.length < CHUNKS_AT_ONCE ? null : last!.minute + 1 };
  }
}

/** Under which names the samples are. */
export function placesOf({ deviceId, fromBedId, toBedId }: Reassign): readonly [from: string, to: string] {
  const nobodys = `${NOBODYS}${deviceId}`;
  return [fromBedId ?? nobodys, toBedId ?? nobodys];
}

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeviceId, MetricName } from '@vigil/contracts';
import type { Reassign } from '../../ports/observation-store.js';
import { Chunk, deviceHash, partChunk } from './chunk.js';

const MINUTE_MS = 60_000;
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
  private readonly chunks: StatementSync;
  private readonly one: StatementSync;
  private readonly remove: StatementSync;
  private readonly next: StatementSync;

  constructor(
    db: DatabaseSync,
    /** As the store writes a chunk. */
    private readonly upsert: (bed: string, metric: MetricName, minute: number, chunk: Chunk) => void,
  ) {
    this.chunks = db.prepare(
      `SELECT minute, samples FROM chunk WHERE bed_id = ? AND metric = ? AND minute BETWEEN ? AND ?
       ORDER BY minute LIMIT ${CHUNKS_AT_ONCE}`,
    );
    this.one = db.prepare('SELECT samples FROM chunk WHERE bed_id = ? AND metric = ? AND minute = ?');
    this.next = db.prepare('SELECT bed_id FROM chunk WHERE bed_id > ? AND bed_id < ? ORDER BY bed_id LIMIT 1');
    this.remove = db.prepare('DELETE FROM chunk WHERE bed_id = ? AND metric = ? AND minute = ?');
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
    const [from, to] = placesOf(request);
    const lastMinute = toMs === null ? MINUTE_MAX : Math.floor((toMs - 1) / MINUTE_MS);
    const rows = this.chunks.all(from, metric, fromMinute, lastMinute);
    let samples = 0;
    for (const row of rows) {
      const minute = row['minute'] as number;
      const startMs = minute * MINUTE_MS;
      const stretch = { fromMs: fromMs - startMs, toMs: toMs === null ? Infinity : toMs - startMs };
      const { kept, taken } = partChunk(row['samples'] as Uint8Array, { device: deviceHash(deviceId), ...stretch });
      if (taken.length === 0) continue;
      const there = this.one.get(to, metric, minute);
      const into = new Chunk(there?.['samples'] as Uint8Array | undefined);
      for (const { offsetMs, value } of taken) into.add(offsetMs, value, deviceHash(deviceId));
      this.upsert(to, metric, minute, into);
      if (kept.count === 0) this.remove.run(from, metric, minute);
      else this.upsert(from, metric, minute, kept);
      samples += taken.length;
    }
    const last = rows.at(-1);
    return { samples, nextMinute: rows.length < CHUNKS_AT_ONCE ? null : (last!['minute'] as number) + 1 };
  }
}

/** Under which names the samples are. */
export function placesOf({ deviceId, fromBedId, toBedId }: Reassign): readonly [from: string, to: string] {
  const nobodys = `${NOBODYS}${deviceId}`;
  return [fromBedId ?? nobodys, toBedId ?? nobodys];
}

import type { BedId, DeviceId } from '@vigil/contracts';
import { type Minute, MINUTE_MS, type ObservedName, type OutSample } from '@vigil/domain';

/** A place on the log: everything up to it is read. */
export interface Place {
  readonly offset: string;
  readonly sequence: number;
}

/** Event time for which a minute of a device that goes on waits for what is late. */
export const LATE_MS = 10_000;
/** Event time after which the minute of a device that is silent is closed. */
export const SILENT_MS = 90_000;
/** Minutes that are open at most, per partition: 300 beds with ten metrics. The oldest is closed before its time. */
export const OPEN_MAX = 3_000;
/** Values of one minute that are kept; a metric comes once a second. */
const SAMPLES_MAX = 240;

interface Open extends Minute {
  readonly samples: OutSample[];
  /** Before its first event; null where nothing was read before it here. */
  readonly before: Place | null;
}

/**
 * Minutes of one partition that are not sent yet. A minute is closed when its device has gone on for long enough, by event time and
 * in the order of the log, so that the same log closes the same minutes; only for one that is silent the clock decides. What comes
 * after that opens its minute again: it has the same name, so that the server has one.
 */
export class OpenMinutes {
  private readonly open = new Map<string, Open>();
  private readonly newestMs = new Map<DeviceId, number>();

  add(
    at: { readonly bedId: BedId; readonly deviceId: DeviceId; readonly name: ObservedName },
    sample: OutSample,
    before: Place | null,
  ): void {
    const slotMs = Math.floor(sample.atMs / MINUTE_MS) * MINUTE_MS;
    const key = `${at.bedId}/${at.deviceId}/${at.name}/${slotMs}`;
    const known = this.open.get(key);
    if (known === undefined) this.open.set(key, { ...at, slotMs, samples: [sample], before });
    else if (known.samples.length < SAMPLES_MAX) known.samples.push(sample);
    this.newestMs.set(at.deviceId, Math.max(sample.atMs, this.newestMs.get(at.deviceId) ?? 0));
  }

  /** Takes out what is closed, oldest first. @param nowMs event time */
  takeClosed(nowMs: number): readonly Minute[] {
    const closed: Minute[] = [];
    let surplus = this.open.size - OPEN_MAX;
    for (const [key, minute] of this.open) {
      const { deviceId, slotMs } = minute;
      const endMs = slotMs + MINUTE_MS;
      const isOver = this.newestMs.get(deviceId)! >= endMs + LATE_MS || nowMs >= endMs + SILENT_MS;
      if (!isOver && surplus <= 0) continue;
      this.open.delete(key);
      closed.push(minute);
      surplus -= 1;
    }
    return closed;
  }

  /** Where reading may begin again without leaving out what is open; `read` where nothing is. Null: where it began here. */
  safePlace(read: Place | null): Place | null {
    let safe = read;
    for (const { before } of this.open.values()) {
      if (before === null) return null;
      if (safe === null || before.sequence < safe.sequence) safe = before;
    }
    return safe;
  }

  get size(): number {
    return this.open.size;
  }
}

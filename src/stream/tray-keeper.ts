import { type DeviceId, messageId } from '@vigil/contracts';
import type { DeviceSpan } from '@vigil/domain';
import type { EventLog } from '../ports/event-log.js';
import type { HeldMessage, HeldMessages } from '../ports/held-messages.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { AttributionIndex } from './attribution-index.js';
import type { AttributionMetrics } from './attribution-metrics.js';
import { moveBrought } from './brought.js';
import { release } from './readdress.js';

/** Messages that are released at once: one append, one transaction. */
const RELEASED_AT_ONCE = 200;
/** Devices with held messages that one turn looks at; those beyond them follow when these are done. */
export const TRAY_DEVICES_MAX = 5_000;

export interface TrayKeeperParts {
  readonly index: AttributionIndex;
  readonly held: Pick<HeldMessages, 'take' | 'done' | 'devices'>;
  readonly log: Pick<EventLog, 'append'>;
  readonly observations: Pick<ObservationStore, 'reassign' | 'detached'>;
  readonly metrics: AttributionMetrics;
}

/**
 * Gives what was nobody's to the bed whose it turns out to be, however that was said: from the tray, by a correction or by an import.
 * Messages that are held go to the log again, oldest first, with the bed and with their own ids and times, and are held no more once
 * they are there; a crash in between sends some twice, which counts once. Samples that a correction had taken out of every bed follow.
 */
export class TrayKeeper {
  /** Number of the assignments by which samples of nobody were looked at last. */
  private followedRev: number | null = null;
  private turning: Promise<number> = Promise.resolve(0);

  constructor(private readonly parts: TrayKeeperParts) {}

  /** One turn after another. @returns messages that were released. @throws PlatformError; the next turn goes on */
  turn(): Promise<number> {
    this.turning = this.turning.catch(() => 0).then(() => this.turnNow());
    return this.turning;
  }

  private async turnNow(): Promise<number> {
    const { index, held, metrics } = this.parts;
    await index.refresh();
    await this.followSamples();
    const waiting = await held.devices(TRAY_DEVICES_MAX);
    metrics.inTray(waiting.length);
    let released = 0;
    for (const { deviceId, fromMs, toMs } of waiting) {
      for (const span of index.spansOf(deviceId)) {
        if (span.fromMs > toMs || (span.toMs !== null && span.toMs <= fromMs)) continue;
        released += await this.release(deviceId, span);
      }
    }
    return released;
  }

  private async release(deviceId: DeviceId, span: DeviceSpan): Promise<number> {
    const { index, held, log, metrics } = this.parts;
    let released = 0;
    let { fromMs } = span;
    for (;;) {
      const taken = await held.take(deviceId, { fromMs, toMs: span.toMs }, RELEASED_AT_ONCE);
      const out: HeldMessage[] = [];
      for (const message of taken) {
        const bedId = index.spanAt(deviceId, message.atMs)?.bedId;
        if (bedId !== undefined) out.push(release(message, bedId));
      }
      if (out.length > 0) {
        await log.append(out);
        await held.done(out.map(messageId));
        metrics.count('released', out.length);
        released += out.length;
      }
      const last = taken.at(-1);
      if (last === undefined || taken.length < RELEASED_AT_ONCE) return released;
      // What stays (two beds claim it) is passed by. Of one moment a device sends less than is taken at once.
      fromMs = Math.max(last.atMs, out.length === 0 ? last.atMs + 1 : fromMs);
    }
  }

  /** Samples that are nobody's, of devices of which something else is said now. */
  private async followSamples(): Promise<void> {
    const { index, observations, metrics } = this.parts;
    const { rev } = index;
    if (rev === this.followedRev) return;
    for (const deviceId of await observations.detached()) {
      for (const { bedId, fromMs, toMs } of index.spansOf(deviceId)) {
        metrics.moved(await moveBrought({ index, observations }, { deviceId, fromBedId: null, toBedId: bedId, fromMs, toMs }));
      }
    }
    this.followedRev = rev;
  }
}

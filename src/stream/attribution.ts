import type { Clock } from '@vigil/clock';
import type { BedId, DeviceId, DeviceMessage, MetricName } from '@vigil/contracts';
import { SNAPSHOT_MS } from '../ports/device-assignments.js';
import type { EventLog } from '../ports/event-log.js';
import type { HeldMessage, HeldMessages } from '../ports/held-messages.js';
import type { HistorySample, ObservationStore } from '../ports/observation-store.js';
import type { AttributionIndex } from './attribution-index.js';
import type { AttributionMetrics } from './attribution-metrics.js';
import { moveBrought } from './brought.js';
import { piecesOf } from './pieces.js';
import { readdress } from './readdress.js';

/** Events that go to the log in one call: some MB at most. */
const APPEND_AT_ONCE = 500;

/** A reading that the platform has so long (wall time) after its gateway had it comes from a backlog. */
export const STORED_LATE_MS = 60_000;

export interface AttributionParts {
  readonly index: AttributionIndex;
  readonly log: Pick<EventLog, 'append'>;
  readonly held: Pick<HeldMessages, 'hold'>;
  readonly clock: Clock;
  readonly metrics: AttributionMetrics;
}

/** Where messages of devices go. */
export interface Attributed {
  /** Of those that are for the beds under which they came. */
  readonly samples: readonly HistorySample[];
  /** Samples that the platform has long after their gateway had them. */
  readonly late: number;
  /** Under the beds whose they are. */
  readonly elsewhere: readonly HeldMessage[];
  readonly nobodys: readonly HeldMessage[];
  /** Number of the assignments by which this was said; null: nothing was asked. */
  readonly rev: number | null;
}

interface Sorted extends Attributed {
  readonly samples: HistorySample[];
  late: number;
  readonly elsewhere: HeldMessage[];
  readonly nobodys: HeldMessage[];
  asStamped: number;
  leftOut: number;
}

/**
 * Says by event time whose each message is, whenever it arrives and under whatever bed it was stamped (docs/adr/0055). What is for
 * another bed goes to the log again under that bed, with its own id and times; what is nobody's is held. Only the owner of a history
 * partition does so, and its position moves after both: a crash in between does it again, and a message that is there twice counts once.
 */
export class Attribution {
  constructor(private readonly parts: AttributionParts) {}

  /** By assignments as they are now. @throws PlatformError('store-unavailable') when they can't be read */
  async sort(messages: readonly HeldMessage[]): Promise<Attributed> {
    if (messages.length > 0) await this.parts.index.ready();
    const sorted = this.sorted(messages);
    this.parts.metrics.count('asStamped', sorted.asStamped);
    this.parts.metrics.leftOutReadings(sorted.leftOut);
    return sorted;
  }

  /**
   * To be asked after what was sorted is written: whether somebody has put an assignment right meanwhile. What that write brought to a
   * bed whose it is not any more is taken from there then, because the job that follows the correction may have been there before it.
   *
   * @returns what is to be written and passed on instead, also where a move took it away between two of its steps; null: all is right
   * @throws PlatformError('store-unavailable')
   */
  async again(
    messages: readonly HeldMessage[],
    before: Attributed,
    observations: Pick<ObservationStore, 'reassign'>,
  ): Promise<Attributed | null> {
    const { index } = this.parts;
    if (messages.length === 0) return null;
    await index.ready();
    if (index.rev === before.rev) return null;
    const now = this.sorted(messages);
    const right = new Set(now.samples.map(nameOf));
    await takeAway(
      { index, observations },
      before.samples.filter((sample) => !right.has(nameOf(sample))),
    );
    return now;
  }

  /** Resolves when all that is not for here is durable elsewhere. @throws PlatformError when it is not; call it again then */
  async pass({ elsewhere, nobodys }: Attributed): Promise<void> {
    const { log, held, clock, metrics } = this.parts;
    for (let at = 0; at < elsewhere.length; at += APPEND_AT_ONCE) {
      await log.append(elsewhere.slice(at, at + APPEND_AT_ONCE));
    }
    metrics.count('readdressed', elsewhere.length);
    if (nobodys.length === 0) return;
    const evicted = await held.hold(nobodys, clock.wallMs());
    metrics.count('held', nobodys.length);
    for (const { count } of evicted) metrics.count('evicted', count);
  }

  private sorted(messages: readonly HeldMessage[]): Sorted {
    const { index, clock } = this.parts;
    const sorted: Sorted = { samples: [], late: 0, elsewhere: [], nobodys: [], rev: index.rev, asStamped: 0, leftOut: 0 };
    const nowMs = clock.nowMs();
    const lateBeforeMs = nowMs - STORED_LATE_MS * clock.rate;
    for (const message of messages) {
      const { deviceId, bedId, atMs } = message;
      const span = index.spanAt(deviceId, atMs);
      // Where a device was before what assignments reach is not known any more: its gateway knew.
      const isAsStamped = span === null && bedId !== null && atMs < nowMs - SNAPSHOT_MS;
      if (isAsStamped) sorted.asStamped += 1;
      if (isAsStamped || (span !== null && span.bedId === bedId)) {
        if (message.kind === 'deviceAlarm') continue;
        const before = sorted.samples.length;
        sorted.leftOut += collect(
          message,
          sorted.samples,
          (metric) => span === null || index.brings(metric, deviceId, span, atMs),
        );
        if (message.gatewayAtMs < lateBeforeMs) sorted.late += sorted.samples.length - before;
        continue;
      }
      const readdressed = span === null ? null : readdress(message, span.bedId);
      if (readdressed === null) sorted.nobodys.push(message);
      else sorted.elsewhere.push(readdressed);
    }
    return sorted;
  }
}

const nameOf = ({ bedId, deviceId, metric, atMs }: HistorySample): string => `${bedId}|${deviceId}|${metric}|${atMs}`;

/** Samples that were written at beds whose they are not go where their devices were. */
async function takeAway(parts: Parameters<typeof moveBrought>[0], samples: readonly HistorySample[]): Promise<void> {
  const stretches = new Map<string, { deviceId: DeviceId; fromBedId: BedId; fromMs: number; toMs: number }>();
  for (const { deviceId: device, bedId: fromBedId, atMs } of samples) {
    const deviceId = device as DeviceId;
    const { fromMs, toMs } = stretches.get(`${deviceId}|${fromBedId}`) ?? { fromMs: atMs, toMs: atMs + 1 };
    const range = { fromMs: Math.min(fromMs, atMs), toMs: Math.max(toMs, atMs + 1) };
    stretches.set(`${deviceId}|${fromBedId}`, { deviceId, fromBedId, ...range });
  }
  for (const { deviceId, fromBedId, ...range } of stretches.values()) {
    for (const piece of piecesOf(parts.index, deviceId, range)) {
      if (piece.toBedId !== fromBedId) await moveBrought(parts, { deviceId, fromBedId, ...piece });
    }
  }
}

/**
 * Adds the samples of a message that its device brings. Null values are kept out of history: a gap is a gap. Codes (consciousness)
 * are charted elsewhere.
 * @returns readings that were left out because another device brings them
 */
function collect(
  { bedId, deviceId, atMs, readings }: DeviceMessage,
  into: HistorySample[],
  brings: (metric: MetricName) => boolean,
): number {
  if (bedId === null) return 0;
  let leftOut = 0;
  for (const { metric, value, quality } of readings) {
    if (typeof value !== 'number') continue;
    if (quality !== 'valid' && quality !== 'questionable') continue;
    if (brings(metric)) into.push({ bedId, metric, atMs, value, deviceId, quality });
    else leftOut += 1;
  }
  return leftOut;
}

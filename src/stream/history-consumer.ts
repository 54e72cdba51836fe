import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { DeviceMessage, Gap, LogEvent } from '@vigil/contracts';
import { invariant } from '@vigil/domain';
import type { Located, Malformed, PartitionReader } from '../ports/event-log.js';
import type { HistoryGap, HistoryGapFilled, HistorySample, ObservationStore } from '../ports/observation-store.js';
import type { GapAudit } from './gap-audit.js';
import type { StreamMetrics } from './stream-metrics.js';

/** Samples wait in memory this long (wall time) or until there are this many; then they are stored with their offset. */
export const FLUSH_EVERY_MS = 1_000;
export const FLUSH_AT_SAMPLES = 30_000;
/**
 * A store writes a page for each series, however few samples it has got: with thousands of beds the same samples cost a fifth when
 * they come every five seconds. So one partition waits this many times as long as it took last, up to the most.
 */
const REST_TIMES = 30;
export const FLUSH_EVERY_MS_MAX = 5_000;

/** A reading that the platform has so long (wall time) after its gateway had it comes from a backlog. */
export const STORED_LATE_MS = 60_000;

interface Pending {
  samples: HistorySample[];
  gaps: HistoryGap[];
  filled: HistoryGapFilled[];
  /** Gaps of this batch, those without a bed too. */
  declared: Gap[];
  late: number;
  readThrough: string | null;
  sinceWallMs: number;
}

/**
 * Writes readings to history: its own consumer group, so that a slow store delays no alarm. Samples and the offset up
 * to which they are stored are written together, so a crash repeats reads and loses nothing. A store that is down
 * holds the reader back; the log keeps what has not been read. Gaps are written like readings, each with an audit entry.
 */
export class HistoryConsumer implements PartitionReader {
  private readonly pending = new Map<number, Pending>();
  /** The last write of each partition. */
  private readonly flushing = new Map<number, Promise<void>>();
  private flushEveryMs = FLUSH_EVERY_MS;

  constructor(
    private readonly store: ObservationStore,
    private readonly clock: Clock,
    private readonly metrics: StreamMetrics,
    private readonly audit: Pick<GapAudit, 'note'>,
  ) {}

  position(partition: number): Promise<string | null> {
    return this.store.readThrough(partition);
  }

  open(partition: number): Promise<void> {
    this.pending.set(partition, this.nothing());
    return Promise.resolve();
  }

  async read(partition: number, batch: readonly Located[], malformed: readonly Malformed[]): Promise<void> {
    const pending = this.pending.get(partition);
    invariant(pending !== undefined, 'a partition is opened before it is read');
    const nowMs = this.clock.nowMs();
    for (const { event } of batch) {
      const before = pending.samples.length;
      collect(event, pending);
      const isLate = event.kind === 'deviceMessage' && nowMs - event.gatewayAtMs > STORED_LATE_MS * this.clock.rate;
      if (isLate) pending.late += pending.samples.length - before;
    }
    const last = batch[batch.length - 1] ?? malformed[malformed.length - 1];
    if (last !== undefined) pending.readThrough = last.offset;
    if (pending.samples.length >= FLUSH_AT_SAMPLES || this.isDue(pending)) await this.flush(partition);
  }

  async close(partition: number): Promise<void> {
    await this.flush(partition);
    this.pending.delete(partition);
    this.flushing.delete(partition);
  }

  /** Stores what has waited for long enough, for partitions on which nothing more arrives. Called by a timer. */
  async flushDue(): Promise<void> {
    for (const [partition, pending] of this.pending) {
      if (this.isDue(pending)) await this.flush(partition);
    }
  }

  private isDue({ sinceWallMs }: Pending): boolean {
    return wallElapsedMs(sinceWallMs, this.clock.wallMs()) >= this.flushEveryMs;
  }

  /** One after another: the position of what came later must not be stored while what came before it is not. */
  private flush(partition: number): Promise<void> {
    const before = this.flushing.get(partition) ?? Promise.resolve();
    const flushing = before.catch(() => undefined).then(() => this.flushNow(partition));
    this.flushing.set(partition, flushing);
    return flushing;
  }

  private async flushNow(partition: number): Promise<void> {
    const pending = this.pending.get(partition);
    if (pending === undefined || pending.readThrough === null) return;
    this.pending.set(partition, this.nothing());
    try {
      // First: an entry that is written twice is there once, and a gap that is stored is never without its entry.
      await this.audit.note(pending.declared);
      const fromWallMs = this.clock.wallMs();
      await this.store.write(partition, pending, pending.readThrough);
      const restMs = (this.clock.wallMs() - fromWallMs) * REST_TIMES;
      this.flushEveryMs = Math.min(FLUSH_EVERY_MS_MAX, Math.max(FLUSH_EVERY_MS, restMs));
    } catch (error) {
      // What was read meanwhile goes behind what could not be stored, so the order and the offset stay right.
      const since = this.pending.get(partition) ?? this.nothing();
      this.pending.set(partition, {
        samples: [...pending.samples, ...since.samples],
        gaps: [...pending.gaps, ...since.gaps],
        filled: [...pending.filled, ...since.filled],
        declared: [...pending.declared, ...since.declared],
        late: pending.late + since.late,
        readThrough: since.readThrough ?? pending.readThrough,
        sinceWallMs: pending.sinceWallMs,
      });
      throw error;
    }
    this.metrics.historySamples(pending.samples.length, pending.late);
    for (const { reason, count } of pending.declared) this.metrics.historyGap(reason, count);
  }

  private nothing(): Pending {
    const sinceWallMs = this.clock.wallMs();
    return { samples: [], gaps: [], filled: [], declared: [], late: 0, readThrough: null, sinceWallMs };
  }
}

function collect(event: LogEvent, into: Pending): void {
  switch (event.kind) {
    case 'deviceMessage':
      collectReadings(event, into.samples);
      return;
    case 'gap':
      into.declared.push(event);
      if (event.bedId !== null) into.gaps.push(gapOf(event, event.bedId));
      return;
    case 'gapFilled':
      into.filled.push({ gapId: event.gapId, seqs: [event.fromSeq, event.toSeq] });
      return;
    default:
      return;
  }
}

function gapOf({ id, deviceId, fromSeq, toSeq, fromMs, toMs, count, reason }: Gap, bedId: HistoryGap['bedId']): HistoryGap {
  const seqs = fromSeq === null || toSeq === null ? null : ([fromSeq, toSeq] as const);
  return { gapId: id, bedId, deviceId, seqs, fromMs, toMs, count, reason };
}

/** Null values are kept out of history: a gap is a gap. Codes (consciousness) are charted elsewhere. */
function collectReadings(message: DeviceMessage, into: HistorySample[]): void {
  if (message.bedId === null) return;
  for (const reading of message.readings) {
    if (typeof reading.value !== 'number') continue;
    if (reading.quality !== 'valid' && reading.quality !== 'questionable') continue;
    into.push({
      bedId: message.bedId,
      metric: reading.metric,
      atMs: message.atMs,
      value: reading.value,
      deviceId: message.deviceId,
    });
  }
}

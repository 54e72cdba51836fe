import type { Clock } from '@vigil/clock';
import type { DeviceMessage } from '@vigil/contracts';
import { invariant } from '@vigil/domain';
import type { Located, Malformed, PartitionReader } from '../ports/event-log.js';
import type { HistorySample, ObservationStore } from '../ports/observation-store.js';
import type { StreamMetrics } from './stream-metrics.js';

/** Samples wait in memory at most this long (wall time) or until there are this many; then they are stored with their offset. */
export const FLUSH_EVERY_MS = 1_000;
export const FLUSH_AT_SAMPLES = 20_000;

interface Pending {
  samples: HistorySample[];
  readThrough: string | null;
  sinceWallMs: number;
}

/**
 * Writes readings to history: its own consumer group, so that a slow store delays no alarm. Samples and the offset up
 * to which they are stored are written together, so a crash repeats reads and loses nothing. A store that is down
 * holds the reader back; the log keeps what has not been read.
 */
export class HistoryConsumer implements PartitionReader {
  private readonly pending = new Map<number, Pending>();

  constructor(
    private readonly store: ObservationStore,
    private readonly clock: Clock,
    private readonly metrics: StreamMetrics,
  ) {}

  position(partition: number): Promise<string | null> {
    return this.store.readThrough(partition);
  }

  open(partition: number): Promise<void> {
    this.pending.set(partition, { samples: [], readThrough: null, sinceWallMs: this.clock.wallMs() });
    return Promise.resolve();
  }

  async read(partition: number, batch: readonly Located[], malformed: readonly Malformed[]): Promise<void> {
    const pending = this.pending.get(partition);
    invariant(pending !== undefined, 'a partition is opened before it is read');
    for (const { event } of batch) if (event.kind === 'deviceMessage') collect(event, pending.samples);
    const last = batch[batch.length - 1] ?? malformed[malformed.length - 1];
    if (last !== undefined) pending.readThrough = last.offset;
    const waitedMs = this.clock.wallMs() - pending.sinceWallMs;
    if (pending.samples.length >= FLUSH_AT_SAMPLES || waitedMs >= FLUSH_EVERY_MS) await this.flush(partition);
  }

  async close(partition: number): Promise<void> {
    await this.flush(partition);
    this.pending.delete(partition);
  }

  /** Stores what is older than `FLUSH_EVERY_MS`, for partitions on which nothing more arrives. Called by a timer. */
  async flushDue(): Promise<void> {
    for (const [partition, pending] of this.pending) {
      if (this.clock.wallMs() - pending.sinceWallMs >= FLUSH_EVERY_MS) await this.flush(partition);
    }
  }

  private async flush(partition: number): Promise<void> {
    const pending = this.pending.get(partition);
    if (pending === undefined || pending.readThrough === null) return;
    this.pending.set(partition, { samples: [], readThrough: null, sinceWallMs: this.clock.wallMs() });
    try {
      await this.store.write(partition, pending.samples, pending.readThrough);
    } catch (error) {
      // What was read meanwhile goes behind what could not be stored, so the order and the offset stay right.
      const since = this.pending.get(partition);
      this.pending.set(partition, {
        samples: [...pending.samples, ...(since?.samples ?? [])],
        readThrough: since?.readThrough ?? pending.readThrough,
        sinceWallMs: pending.sinceWallMs,
      });
      throw error;
    }
    this.metrics.historySamples(pending.samples.length);
  }
}

/** Null values are kept out of history: a gap is a gap. Codes (consciousness) are charted elsewhere. */
function collect(message: DeviceMessage, into: HistorySample[]): void {
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

import type { PartitionContext, ReceivedEventData, SubscriptionEventHandlers } from '@azure/event-hubs';
import { type Clock, wallElapsedMs } from '@vigil/clock';
import { type LastRead, type Progress, troubleOf } from '@vigil/hub-client';
import type { PartitionReader } from '../../ports/event-log.js';
import type { DecodedEvents } from './decoded-events.js';

/** A reader that keeps its own position lets the client prove its ownership at least this often. */
const FENCE_EVERY_MS = 1_000;

/**
 * Stops the client's pump. The client goes on *behind* a batch whose error is marked retryable, which would leave
 * those events out for ever; so whatever a reader throws, the client gets this.
 */
class ReaderStopped extends Error {
  override readonly name = 'ReaderStopped';
  readonly retryable = false;

  constructor(
    readonly code: string,
    cause?: unknown,
  ) {
    super(`the reader of a partition stopped: ${code}`, { cause });
  }
}

export interface PumpsParts {
  readonly reader: PartitionReader;
  readonly progress: Progress;
  readonly decoded: DecodedEvents;
  readonly clock: Clock;
  /** Waits until the next batch of this group may begin (`Turns`). */
  readonly turn: () => Promise<void>;
  /** The reader keeps its own position, so the client proves the ownership by checkpoints that nobody reads. */
  readonly fences: boolean;
  /** Those of the subscription that this one replaces: a partition is opened here once it is closed there. */
  readonly before: Pumps | null;
  readonly onError: (partition: number | null, error: unknown) => void;
  readonly onMissed: (partition: number, count: number) => void;
}

/**
 * One subscription as the client sees it: opens, feeds and closes the reader of each partition, and knows which
 * partitions are being read; the others are to be taken again from their position.
 */
export class Pumps {
  private readonly fencedWallMs = new Map<number, number>();
  private readonly running = new Set<number>();
  /** The last call of each partition, settled once the reader has done with it. */
  private readonly calls = new Map<number, Promise<unknown>>();
  private ending = false;
  private retired = false;
  /** Partitions whose `open` failed: the client starts to read all the same. */
  private readonly unopened = new Map<number, unknown>();

  constructor(private readonly parts: PumpsParts) {}

  get isRetired(): boolean {
    return this.retired;
  }

  /** True for a partition that nothing reads here, unless the whole subscription is about to end. */
  hasStopped(partition: number): boolean {
    return !this.ending && !this.running.has(partition);
  }

  /** From here on the client gives its partitions up by itself. */
  end(): void {
    this.ending = true;
  }

  /** From here on whatever the client still does reaches no reader. Each is closed once it has done with its batch. */
  retire(): void {
    this.retired = true;
    for (const partition of [...this.running]) void this.close(partition);
  }

  /** Resolves when the reader of this partition has done with everything that came from here. */
  async released(partition: number): Promise<void> {
    await this.calls.get(partition);
  }

  handlers(): SubscriptionEventHandlers {
    return {
      processInitialize: (context) => this.open(Number(context.partitionId)),
      processEvents: (events, context) => this.read(events, context),
      processClose: (_reason, context) => this.close(Number(context.partitionId)),
      processError: (error, context) => {
        if (!this.retired) this.parts.onError(context.partitionId === '' ? null : Number(context.partitionId), error);
        return Promise.resolve();
      },
    };
  }

  private async open(partition: number): Promise<void> {
    const { reader, before, progress, clock, onError } = this.parts;
    await before?.released(partition);
    if (this.retired) return;
    this.running.add(partition);
    this.unopened.delete(partition);
    try {
      await this.alone(partition, () => reader.open(partition));
      progress.opened(partition, clock.wallMs());
    } catch (error) {
      this.unopened.set(partition, error);
      onError(partition, error);
    }
  }

  private async read(events: ReceivedEventData[], context: PartitionContext): Promise<void> {
    const { reader, progress, clock, onMissed } = this.parts;
    const partition = Number(context.partitionId);
    await this.parts.turn();
    if (this.retired || !this.running.has(partition)) throw new ReaderStopped('retired');
    try {
      if (this.unopened.has(partition)) throw this.unopened.get(partition);
      const missing = progress.began(partition, events[0]?.sequenceNumber ?? null, clock.wallMs());
      if (missing > 0) onMissed(partition, missing);
      const last = events[events.length - 1];
      await this.alone(partition, async () => {
        const { located, malformed } = this.parts.decoded.read(events, partition);
        await reader.read(partition, located, malformed);
        await this.fence(partition, last, context);
      });
      if (this.retired) return;
      progress.finished(partition, last === undefined ? null : lastRead(last), clock.wallMs());
    } catch (error) {
      throw new ReaderStopped(codeOf(error), error);
    }
  }

  /** Throws once the partition has another owner, which stops the pump before it steals the partition back. */
  private async fence(partition: number, last: ReceivedEventData | undefined, context: PartitionContext): Promise<void> {
    const wallMs = this.parts.clock.wallMs();
    const sinceMs = wallElapsedMs(this.fencedWallMs.get(partition) ?? 0, wallMs);
    if (!this.parts.fences || last === undefined || sinceMs < FENCE_EVERY_MS) return;
    this.fencedWallMs.set(partition, wallMs);
    await context.updateCheckpoint(last);
  }

  private async close(partition: number): Promise<void> {
    if (!this.running.delete(partition)) return;
    this.parts.progress.closed(partition);
    try {
      await this.alone(partition, () => this.parts.reader.close(partition));
    } catch (error) {
      this.parts.onError(partition, error);
    }
  }

  /** Runs after the call of this partition that is running, if there is one. */
  private alone(partition: number, act: () => Promise<void>): Promise<void> {
    const before = this.calls.get(partition);
    const call = before === undefined ? act() : before.then(act);
    const settled = call
      .catch(() => undefined)
      .then(() => void (this.calls.get(partition) === settled && this.calls.delete(partition)));
    this.calls.set(partition, settled);
    return call;
  }
}

function lastRead({ sequenceNumber, offset, enqueuedTimeUtc }: ReceivedEventData): LastRead {
  return { sequence: sequenceNumber, offset, hubAtMs: enqueuedTimeUtc.getTime() };
}

/** What a log line says of an error: its own code where it is ours, otherwise what is wrong with the hub. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  const trouble = troubleOf(error);
  if (trouble !== 'unknown') return `log-${trouble}`;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}

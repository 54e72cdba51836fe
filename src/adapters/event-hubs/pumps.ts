import type { PartitionContext, ReceivedEventData, SubscriptionEventHandlers } from '@azure/event-hubs';
import type { Clock } from '@vigil/clock';
import { LogEvent } from '@vigil/contracts';
import type { Located, Malformed, PartitionReader } from '../../ports/event-log.js';

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
    cause: unknown,
  ) {
    super(`the reader of a partition stopped: ${code}`, { cause });
  }
}

/**
 * One subscription as the client sees it: opens, feeds and closes the reader of each partition, and knows which
 * partitions are being read; the others are to be taken again from their position.
 */
export class Pumps {
  readonly lastReadWallMs = new Map<number, number>();
  private readonly fencedWallMs = new Map<number, number>();
  private readonly running = new Set<number>();
  private ending = false;
  /** Partitions whose `open` failed: the client starts to read all the same. */
  private readonly unopened = new Map<number, unknown>();

  constructor(
    private readonly reader: PartitionReader,
    private readonly fences: boolean,
    private readonly clock: Clock,
    private readonly onError: (partition: number | null, error: unknown) => void,
  ) {}

  /** True for a partition that nothing reads here, unless the whole subscription is about to end. */
  hasStopped(partition: number): boolean {
    return !this.ending && !this.running.has(partition);
  }

  /** From here on the client gives its partitions up by itself. */
  end(): void {
    this.ending = true;
  }

  handlers(): SubscriptionEventHandlers {
    return {
      processInitialize: (context) => this.open(Number(context.partitionId)),
      processEvents: (events, context) => this.read(events, context),
      processClose: (_reason, context) => this.close(Number(context.partitionId)),
      processError: (error, context) => {
        this.onError(context.partitionId === '' ? null : Number(context.partitionId), error);
        return Promise.resolve();
      },
    };
  }

  private async open(partition: number): Promise<void> {
    this.running.add(partition);
    this.unopened.delete(partition);
    try {
      await this.reader.open(partition);
      this.lastReadWallMs.set(partition, this.clock.wallMs());
    } catch (error) {
      this.unopened.set(partition, error);
      this.onError(partition, error);
    }
  }

  private async read(events: ReceivedEventData[], context: PartitionContext): Promise<void> {
    const partition = Number(context.partitionId);
    try {
      if (this.unopened.has(partition)) throw this.unopened.get(partition);
      const { located, malformed } = decode(events, partition);
      await this.reader.read(partition, located, malformed);
      await this.fence(partition, events[events.length - 1], context);
    } catch (error) {
      throw new ReaderStopped(codeOf(error), error);
    }
    this.lastReadWallMs.set(partition, this.clock.wallMs());
  }

  /** Throws once the partition has another owner, which stops the pump before it steals the partition back. */
  private async fence(partition: number, last: ReceivedEventData | undefined, context: PartitionContext): Promise<void> {
    const wallMs = this.clock.wallMs();
    if (!this.fences || last === undefined || wallMs - (this.fencedWallMs.get(partition) ?? 0) < FENCE_EVERY_MS) return;
    this.fencedWallMs.set(partition, wallMs);
    await context.updateCheckpoint(last);
  }

  private async close(partition: number): Promise<void> {
    this.running.delete(partition);
    this.lastReadWallMs.delete(partition);
    try {
      await this.reader.close(partition);
    } catch (error) {
      this.onError(partition, error);
    }
  }
}

function decode(events: readonly ReceivedEventData[], partition: number): { located: Located[]; malformed: Malformed[] } {
  const located: Located[] = [];
  const malformed: Malformed[] = [];
  for (const event of events) {
    const parsed = LogEvent.safeParse(event.body);
    const at = { offset: event.offset, sequence: event.sequenceNumber };
    if (parsed.success) located.push({ event: parsed.data, partition, ...at, hubAtMs: event.enqueuedTimeUtc.getTime() });
    else
      malformed.push({
        ...at,
        reason: parsed.error.issues
          .map((i) => `${i.path.join('.')}: ${i.code}`)
          .slice(0, 3)
          .join('; '),
      });
  }
  return { located, malformed };
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}

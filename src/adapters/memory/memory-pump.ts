import type { Cancel, Clock } from '@vigil/clock';
import type { PartitionReader } from '../../ports/event-log.js';
import type { MemoryPartition } from './memory-partition.js';

const BATCH_MAX = 100;
/** Wall time between two empty reads, and before a partition that failed is taken again. */
const IDLE_MS = 1_000;

export interface MemoryPumpParts {
  readonly clock: Clock;
  readonly partition: MemoryPartition;
  readonly reader: PartitionReader;
  /** Claims and answers the index to start from; asked again after each failure. */
  readonly startAt: () => Promise<number>;
  readonly lastReadWallMs: Map<number, number>;
  readonly failed: (error: unknown) => void;
}

/** Reads one partition for one reader: open, then batch after batch, close; after a failure the same again. */
export class MemoryPump {
  /** Index of the first event that is not read yet; null before the first read. */
  next: number | null = null;
  private stopped = false;
  private idle = false;
  private wake: (() => void) | null = null;
  private readonly settledWaiters = new Set<() => void>();
  private readonly cancelTick: Cancel;
  private readonly cancelWake: () => void;
  private readonly running: Promise<void>;

  constructor(private readonly parts: MemoryPumpParts) {
    this.cancelTick = parts.clock.every(IDLE_MS, () => this.wakeUp());
    this.cancelWake = parts.partition.onAdded(() => this.wakeUp());
    this.running = this.run();
  }

  get isSettled(): boolean {
    return this.idle || this.stopped;
  }

  settled(): Promise<void> {
    return this.isSettled ? Promise.resolve() : new Promise((resolve) => void this.settledWaiters.add(resolve));
  }

  /** Resolves when the call that is running has ended and the reader is closed. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTick();
    this.cancelWake();
    this.wakeUp();
    await this.running;
    this.becomeIdle();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.readUntilStopped();
      } catch (error) {
        // An error stops the partition; it is taken again from its position once the clock has moved.
        this.parts.failed(error);
        if (!this.stopped) await this.pause();
      }
    }
  }

  private async readUntilStopped(): Promise<void> {
    const { clock, partition, reader, lastReadWallMs, startAt } = this.parts;
    this.next = null;
    let next = await startAt();
    await reader.open(partition.number);
    lastReadWallMs.set(partition.number, clock.wallMs());
    try {
      while (!this.stopped) {
        const batch = partition.read(next, BATCH_MAX);
        await reader.read(partition.number, batch.events, batch.malformed);
        next = batch.next;
        this.next = next;
        lastReadWallMs.set(partition.number, clock.wallMs());
        if (next === partition.end && !this.stopped) await this.sleepIdle();
      }
    } finally {
      lastReadWallMs.delete(partition.number);
      await reader.close(partition.number);
    }
  }

  private async sleepIdle(): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    this.becomeIdle();
    await woken;
  }

  private async pause(): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    const cancel = this.parts.clock.after(IDLE_MS, () => this.wakeUp());
    await woken;
    cancel();
  }

  private wakeUp(): void {
    this.idle = false;
    this.wake?.();
    this.wake = null;
  }

  private becomeIdle(): void {
    this.idle = true;
    for (const waiter of this.settledWaiters) waiter();
    this.settledWaiters.clear();
  }
}

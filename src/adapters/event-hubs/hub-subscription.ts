import {
  earliestEventPosition,
  latestEventPosition,
  type SubscribeOptions,
  type SubscriptionEventHandlers,
} from '@azure/event-hubs';
import type { Cancel, Clock } from '@vigil/clock';
import {
  LOOP_DEAD_AFTER_MS,
  type PartitionEnd,
  Progress,
  RESUBSCRIBE_WAITS_MS,
  Restarts,
  STALLED_AFTER_MS,
  SUBSCRIBE,
  SUBSCRIBE_COMMITTING,
  troubleOf,
} from '@vigil/hub-client';
import type { PartitionReader, Subscription, SubscriptionHealth } from '../../ports/event-log.js';
import type { OwnerStore } from '../../ports/partition-owners.js';
import type { DecodedEvents } from './decoded-events.js';
import { codeOf, Pumps } from './pumps.js';
import { readerStore } from './reader-store.js';

const WATCH_EVERY_MS = 1_000;
/** A reader that is at one batch for longer is reported, once. */
export const BUSY_REPORT_AFTER_MS = 30_000;
/** A client that does not end within this (wall time), on a connection that is half open, is left to itself. */
const CLOSE_MS_MAX = 10_000;

/** The part of `EventHubConsumerClient` that is needed. */
export interface ConsumerClient {
  subscribe(handlers: SubscriptionEventHandlers, options: SubscribeOptions): { close(): Promise<void> };
  close(): Promise<void>;
}

export interface HubSubscriptionParts {
  readonly start: 'checkpoint' | 'latest';
  readonly reader: PartitionReader;
  readonly decoded: DecodedEvents;
  /** Waits until the next batch of this group may begin (`Turns`). */
  readonly turn: () => Promise<void>;
  readonly clock: Clock;
  readonly ownerId: string;
  readonly partitionCount: number;
  /** Ownership and positions; not used from the latest, where partitions are shared with nobody. */
  readonly store: OwnerStore;
  /** Makes a client that has no subscription yet. `onLoop` is its loop's sign of life. */
  readonly connect: (store: OwnerStore, onLoop: () => void) => ConsumerClient;
  /** Ids and codes only; `count` with `events-missed`. */
  readonly onTrouble: (partition: number | null, code: string, count?: number) => void;
}

interface Incarnation {
  readonly pumps: Pumps;
  close(): Promise<void>;
}

/**
 * A subscription that outlives its client: while a partition stands still, or the loop that takes partitions has died,
 * the client is thrown away and a new one subscribes (event-hub.md, pitfall 9). The client has no call that restarts
 * one partition, so the others are taken anew too, from their positions; how often is bounded.
 *
 * It ends by itself, loudly, when the log is another one than the reader's position is from: reading on would leave
 * events out without a word.
 */
export class HubSubscription implements Subscription {
  private readonly progress: Progress;
  private readonly restarts = new Restarts(RESUBSCRIBE_WAITS_MS);
  private readonly cancelWatch: Cancel;
  private readonly busyReported = new Map<number, number>();
  private current: Incarnation;
  private loopWallMs: number;
  private resubscribed = 0;
  private missed = 0;
  private isAnotherLog = false;

  constructor(private readonly parts: HubSubscriptionParts) {
    this.progress = new Progress(parts.start === 'checkpoint');
    this.loopWallMs = parts.clock.wallMs();
    this.current = this.subscribe(null);
    this.cancelWatch = parts.clock.every(WATCH_EVERY_MS, () => this.watch());
  }

  health(): SubscriptionHealth {
    const { resubscribed, missed, isAnotherLog } = this;
    return { partitions: this.progress.views(this.parts.clock.wallMs()), resubscribed, missed, isAnotherLog };
  }

  /** @param askedMs wall time before the hub was asked where it ends */
  looked(ends: readonly PartitionEnd[], askedMs: number): void {
    const { missed, wentBack } = this.progress.looked(ends, askedMs, this.parts.clock.wallMs());
    for (const gap of missed) this.miss(gap.partition, gap.count);
    if (wentBack.length > 0) this.endForAnotherLog(wentBack[0]!);
  }

  /** The log is not the one that was read so far. */
  endForAnotherLog(partition: number | null): void {
    if (this.isAnotherLog) return;
    this.isAnotherLog = true;
    this.parts.onTrouble(partition, 'another-log');
    this.cancelWatch();
    this.current.pumps.retire();
    void this.closeBounded(this.current);
  }

  async stop(): Promise<void> {
    this.cancelWatch();
    this.current.pumps.end();
    if (!this.isAnotherLog) await this.closeBounded(this.current);
  }

  private watch(): void {
    const { clock, onTrouble } = this.parts;
    const wallMs = clock.wallMs();
    this.reportBusy(wallMs);
    const stalls = this.progress.stalls(STALLED_AFTER_MS, wallMs);
    // A wall clock that was set back: counted anew from here.
    this.loopWallMs = Math.min(this.loopWallMs, wallMs);
    const isLoopDead = wallMs - this.loopWallMs > LOOP_DEAD_AFTER_MS;
    if ((stalls.length === 0 && !isLoopDead) || !this.restarts.take(wallMs)) return;
    for (const { partition, why } of stalls) onTrouble(partition, `partition-stalled-${why}`);
    if (isLoopDead) onTrouble(null, 'partition-loop-dead');
    this.resubscribe();
  }

  private resubscribe(): void {
    const old = this.current;
    old.pumps.retire();
    this.resubscribed += 1;
    this.loopWallMs = this.parts.clock.wallMs();
    this.current = this.subscribe(old.pumps);
    void this.closeBounded(old);
  }

  private subscribe(before: Pumps | null): Incarnation {
    const { reader, decoded, turn, clock, store, ownerId, partitionCount, start, connect } = this.parts;
    const { progress } = this;
    const pumps = new Pumps({
      reader,
      progress,
      decoded,
      turn,
      clock,
      fences: start === 'checkpoint' && reader.position !== undefined,
      before,
      onError: (partition, error) => this.failed(partition, error),
      onMissed: (partition, count) => this.miss(partition, count),
    });
    const wallMs = (): number => clock.wallMs();
    const shown = readerStore({ store, ownerId, reader, partitionCount, pumps, progress, wallMs });
    const client = connect(shown, () => {
      if (!pumps.isRetired) this.loopWallMs = wallMs();
    });
    const running = client.subscribe(pumps.handlers(), {
      // Who reads everything takes more at once while it is behind; history has few turns beside a busy engine.
      ...(start === 'checkpoint' ? SUBSCRIBE_COMMITTING : SUBSCRIBE),
      // Three groups read the same events: what they are is made out once for all of them (`DecodedEvents`).
      skipParsingBodyAsJson: true,
      startPosition: start === 'latest' ? latestEventPosition : earliestEventPosition,
    });
    const close = async (): Promise<void> => {
      await running.close();
      await client.close();
    };
    return { pumps, close };
  }

  private failed(partition: number | null, error: unknown): void {
    this.parts.onTrouble(partition, codeOf(error));
    // The hub itself says that its log ends before the position of the reader.
    if (partition !== null && troubleOf(error) === 'position') this.endForAnotherLog(partition);
  }

  private miss(partition: number, count: number): void {
    this.missed += count;
    this.parts.onTrouble(partition, 'events-missed', count);
  }

  private reportBusy(wallMs: number): void {
    for (const [partition, { busySinceWallMs }] of this.progress.views(wallMs)) {
      if (busySinceWallMs === null || wallMs - busySinceWallMs <= BUSY_REPORT_AFTER_MS) continue;
      if (this.busyReported.get(partition) === busySinceWallMs) continue;
      this.busyReported.set(partition, busySinceWallMs);
      this.parts.onTrouble(partition, 'reader-busy');
    }
  }

  private async closeBounded(incarnation: Incarnation): Promise<void> {
    const { clock, onTrouble } = this.parts;
    let cancel: Cancel = () => undefined;
    const tooLong = new Promise<void>((resolve) => (cancel = clock.after(CLOSE_MS_MAX, resolve)));
    const closed = incarnation.close().catch((error: unknown) => onTrouble(null, codeOf(error)));
    await Promise.race([closed, tooLong]);
    cancel();
  }
}

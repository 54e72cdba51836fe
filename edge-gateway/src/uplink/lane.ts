import type { Cancel, Clock } from '@vigil/clock';
import type { Range } from '../spool/ranges.js';
import type { SpoolEntry } from '../spool/reader.js';
import { backOffMs } from './back-off.js';
import type { LogUplink, SendStatus } from './log-uplink.js';
import { EPHEMERAL, rangesOf, ShardQueue } from './shard-queue.js';

export interface LaneOptions {
  readonly log: LogUplink;
  readonly clock: Clock;
  readonly random: () => number;
  /** Records of one send. */
  readonly batchMax: number;
  /** One send of a shard begins at the earliest so long after the one before, wall time. */
  readonly gatherMs: number;
  /**
   * What may be in memory, in all shards together. Beyond it the oldest go, or nothing goes: then whoever offers has to look
   * at `isFull` before, because what came back later would come behind newer records of its key.
   */
  readonly overflow: 'oldest' | 'never';
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** False while something else has to go to this shard first. `oldestWallMs`: when its oldest entry was stored. */
  readonly mayStart: (shard: number, oldestWallMs: number) => boolean;
  /** Nothing from this place of the spool on goes to this shard now. Default: all may. */
  readonly before?: (shard: number) => number;
  /** Told of each answer of the log, before the next send of this shard begins. */
  readonly onAnswer: (answer: Answer) => void;
}

/** What the log said to one send. */
export interface Answer {
  readonly shard: number;
  /** What was sent, without what is not on the spool. */
  readonly entries: readonly SpoolEntry[];
  readonly statuses: readonly SendStatus[];
  /** Of what is not on the spool, how many the log did not take. They are dropped. */
  readonly ephemeralLost: number;
  readonly failed: boolean;
  /** Failures of this shard in a row. */
  readonly failures: number;
  readonly tookMs: number;
}

interface Shard {
  readonly place: number;
  readonly queue: ShardQueue;
  sending: boolean;
  /** What the send under way carries. */
  sent: readonly SpoolEntry[];
  failures: number;
  /** Ends the wait for the next send; null while there is none. */
  endWait: Cancel | null;
}

/**
 * Sends what it is given, in order per key, with one send at a time for each shard of the log: a partition that takes its
 * time, or nothing at all, holds up its own shard and no other.
 *
 * What the log did not take goes again, in its old place, after a wait that grows with the failures of its shard. Nothing
 * here is settled; `onAnswer` does that.
 */
export class Lane {
  private shards: Shard[];
  private inFlight = 0;
  private stopped = false;
  private draining = false;
  /** The number of shards that the log has by now, while the sends that know another are under way. */
  private wanted: number | null = null;
  private idle: (() => void)[] = [];

  constructor(private readonly options: LaneOptions) {
    this.shards = Lane.newShards(options.log.shards ?? 1);
  }

  get length(): number {
    return this.shards.reduce((sum, s) => sum + s.queue.length, 0);
  }

  /** Shards that wait after a failure. */
  get failing(): number {
    return this.shards.filter((s) => s.failures > 0).length;
  }

  /** Shards that have, or just had, something to send. */
  get active(): number {
    return this.shards.filter((s) => s.sending || s.failures > 0 || s.queue.length > 0).length;
  }

  /** How many more records it takes without giving any back. Their bytes may be too many all the same. */
  get room(): number {
    return this.isFull ? 0 : this.options.recordsMax - this.length;
  }

  get isFull(): boolean {
    const { recordsMax, bytesMax } = this.options;
    return this.length >= recordsMax || this.shards.reduce((sum, s) => sum + s.queue.bytes, 0) >= bytesMax;
  }

  /** Nothing of this shard waits or is under way. */
  isClear(place: number): boolean {
    const shard = this.shards[place];
    return shard === undefined ? this.length + this.inFlight === 0 : !shard.sending && shard.queue.length === 0;
  }

  /** The lowest place of the spool that waits or is under way, of one shard where the log has `count`; Infinity for none. */
  oldestIndex(place: number, count: number): number {
    const shards = this.shards.length === count ? this.shards.slice(place, place + 1) : this.shards;
    return Math.min(...shards.map(({ sent, queue }) => Math.min(oldestOf(sent), queue.oldestIndex ?? Infinity)));
  }

  /** When the oldest waiting entry of a shard that does not fail was stored, wall time; null when nothing waits. */
  get oldestWallMs(): number | null {
    let oldest: number | null = null;
    for (const { queue, failures } of this.shards) {
      if (failures === 0 && queue.oldestWallMs !== null) oldest = Math.min(oldest ?? Infinity, queue.oldestWallMs);
    }
    return oldest;
  }

  /** Places on the spool of everything that waits or is under way, in no order. */
  places(): Range[] {
    return this.shards.flatMap(({ queue, sent }) => [...rangesOf(sent), ...queue.places()]);
  }

  /** Adds entries behind the others. @returns what no longer fits, oldest first; never anything that was not given here */
  offer(entries: readonly SpoolEntry[]): SpoolEntry[] {
    this.follow();
    for (const entry of entries) this.shardOf(entry.record.key).queue.push(this.trimmed(entry));
    const dropped: SpoolEntry[] = [];
    const mayDrop = this.options.overflow === 'oldest';
    while (mayDrop && (this.length > this.options.recordsMax || this.isOverBytes())) {
      const longest = this.shards.reduce((a, b) => (b.queue.bytes > a.queue.bytes ? b : a));
      const gone = longest.queue.take(Math.max(1, longest.queue.length >> 3));
      if (gone.length === 0) break;
      dropped.push(...gone);
    }
    this.pumpAll();
    return dropped.sort((a, b) => a.index - b.index);
  }

  /**
   * Adds what is worth sending only now. Where `isFirst` says so it goes in front of what waits.
   *
   * @returns how many were dropped, because their shard waits after a failure
   */
  offerEphemeral(entries: readonly SpoolEntry[], isFirst: (entry: SpoolEntry) => boolean): number {
    this.follow();
    let dropped = 0;
    for (const entry of entries) {
      const shard = this.shardOf(entry.record.key);
      if (shard.failures > 0 && shard.endWait !== null) dropped++;
      else if (isFirst(entry)) shard.queue.putFirst(this.trimmed(entry));
      else shard.queue.push(this.trimmed(entry));
    }
    this.pumpAll();
    return dropped;
  }

  /** Takes out what was stored before `wallMs`, oldest first. */
  dropOlder(wallMs: number): SpoolEntry[] {
    const dropped = this.shards.flatMap((s) => s.queue.dropOlder(wallMs));
    return dropped.sort((a, b) => a.index - b.index);
  }

  /** Takes out what waits behind place `index` of the spool. */
  takeAfter(index: number): SpoolEntry[] {
    return this.shards.flatMap((s) => s.queue.takeAfter(index)).sort((a, b) => a.index - b.index);
  }

  /** Looks for what may be sent now. */
  pumpAll(): void {
    for (const shard of this.shards) this.pump(shard);
  }

  /** Ends every wait after a failure: the log is back. */
  resume(): void {
    for (const shard of this.shards) {
      if (shard.failures === 0) continue;
      shard.endWait?.();
      shard.endWait = null;
    }
    this.pumpAll();
  }

  /** Begins no send any more. Resolves when none is under way. */
  stop(): Promise<void> {
    this.stopped = true;
    for (const shard of this.shards) shard.endWait?.();
    return this.whenIdle();
  }

  /** Sends everything without waiting for more to gather. Resolves when it is sent, or what is left has failed. */
  async drained(): Promise<void> {
    this.draining = true;
    for (const shard of this.shards) {
      shard.endWait?.();
      shard.endWait = null;
    }
    this.pumpAll();
    while (this.inFlight > 0) await this.whenIdle();
  }

  private static newShards(count: number): Shard[] {
    return Array.from({ length: count }, (_, place) => ({
      ...{ place, queue: new ShardQueue(), sending: false, sent: [], failures: 0, endWait: null },
    }));
  }

  private shardOf(key: string): Shard {
    const place = this.shards.length === 1 ? 0 : (this.options.log.shardOf?.(key, this.shards.length) ?? 0);
    return this.shards[place] ?? this.shards[0]!;
  }

  /** Memory is for what is sent: the decoded event is for others. */
  private trimmed(entry: SpoolEntry): SpoolEntry {
    const { lane, key, body, ...more } = entry.record;
    return Object.keys(more).length === 0 ? entry : { ...entry, record: { lane, key, body } };
  }

  private isOverBytes(): boolean {
    return this.shards.reduce((sum, s) => sum + s.queue.bytes, 0) > this.options.bytesMax;
  }

  private pump(shard: Shard): void {
    const { mayStart, batchMax, before } = this.options;
    if (this.stopped || this.wanted !== null || shard.sending || shard.endWait !== null) return;
    const { oldestWallMs } = shard.queue;
    if (oldestWallMs === null || !mayStart(shard.place, oldestWallMs)) return;
    const entries = shard.queue.take(batchMax, before?.(shard.place));
    if (entries.length === 0) return;
    shard.sending = true;
    shard.sent = entries;
    this.inFlight++;
    void this.sendOnce(shard, entries);
  }

  private async sendOnce(shard: Shard, entries: readonly SpoolEntry[]): Promise<void> {
    const startedMs = this.options.clock.wallMs();
    const statuses = await this.options.log.send(entries.map((e) => e.record)).catch(() => entries.map(() => 'retry' as const));
    const tookMs = Math.max(0, this.options.clock.wallMs() - startedMs);
    const onSpool = entries.flatMap((entry, i) => (entry.index === EPHEMERAL ? [] : [{ entry, status: statuses[i]! }]));
    const ephemeralLost = entries.filter((e, i) => e.index === EPHEMERAL && statuses[i] !== 'sent').length;
    const again = onSpool.flatMap(({ entry, status }) => (status === 'retry' ? [entry] : []));
    const failed = again.length + ephemeralLost > 0;
    shard.queue.putBack(again);
    shard.sending = false;
    shard.sent = [];
    shard.failures = failed ? shard.failures + 1 : 0;
    this.inFlight--;
    this.options.onAnswer({
      ...{ shard: shard.place, ephemeralLost, failed, failures: shard.failures, tookMs },
      entries: onSpool.map(({ entry }) => entry),
      statuses: onSpool.map(({ status }) => status),
    });
    if (this.inFlight === 0) for (const resolve of this.idle.splice(0)) resolve();
    this.follow();
    const gatherMs = this.draining ? 0 : this.options.gatherMs - tookMs;
    const waitMs = failed ? backOffMs(shard.failures, this.options.random()) : gatherMs;
    if (waitMs > 0 && !this.stopped) this.wait(shard, waitMs);
    this.pump(shard);
  }

  private wait(shard: Shard, waitMs: number): void {
    shard.endWait = this.options.clock.after(waitMs, () => {
      shard.endWait = null;
      this.pump(shard);
    });
  }

  private whenIdle(): Promise<void> {
    return this.inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  /** Takes on the number of shards of the log, once nothing is under way that a key could overtake. */
  private follow(): void {
    const count = this.options.log.shards ?? 1;
    if (count === this.shards.length) {
      this.wanted = null;
      return;
    }
    this.wanted = count;
    if (this.inFlight > 0) return;
    const waiting = this.shards.flatMap((s) => s.queue.take(Infinity)).filter((e) => e.index !== EPHEMERAL);
    for (const shard of this.shards) shard.endWait?.();
    this.shards = Lane.newShards(count);
    this.wanted = null;
    for (const entry of waiting.sort((a, b) => a.index - b.index)) this.shardOf(entry.record.key).queue.push(entry);
    this.pumpAll();
  }
}

const oldestOf = (sent: readonly SpoolEntry[]): number => sent.find(({ index }) => index !== EPHEMERAL)?.index ?? Infinity;

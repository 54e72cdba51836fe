import type { Cancel, Clock } from '@vigil/clock';
import { codeOf, type GatewayLog } from '../log.js';
import type { GatewayMetrics } from '../metrics.js';
import { type Range, RangeSet } from '../spool/ranges.js';
import type { SpoolEntry } from '../spool/reader.js';
import type { Spool } from '../spool/spool.js';
import type { Lane } from './lane.js';
import { rangesOf } from './shard-queue.js';
import { nextPace, type Pace, startPace } from './pace.js';

export interface BacklogOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly logger: GatewayLog;
  /** Records a second at most, wall time. Default 100,000. */
  readonly backlogPerSecond?: number;
  /** Makes the lane that sends. */
  readonly lane: (bounds: { batchMax: number; recordsMax: number; bytesMax: number }) => Lane;
  /** Takes alarms and events, in their order. */
  readonly toFirst: (entries: readonly SpoolEntry[]) => void;
  readonly hasRoomForFirst: () => boolean;
  /** False while nothing at all is taken. */
  readonly isUp: () => boolean;
}

const SLOT_MS = 50;
/** Records that one look at the spool brings; the event loop is free in between. */
const READ_MAX = 500;
/** Of one send to one part of the log: a batch of the client holds as many. */
const BOUNDS = { batchMax: 500, recordsMax: 8_000, bytesMax: 12 * 1024 * 1024 };
const AGAIN_MS = 1_000;

/**
 * What waits on the disk, oldest first. Reads ahead as far as the lane has room and the pace allows; so a part of the log
 * that takes nothing holds up the others only once the room is full of its records.
 */
export class Backlog {
  /** What is to be read. What was read waits in the lane. */
  private readonly ranges = new RangeSet();
  /** The same for alarms and events, which go first. In none of both sets is what is in the other. */
  private readonly urgent = new RangeSet();
  private readonly lane: Lane;
  private rate: Pace;
  private unread = 0;
  private allowance = 0;
  private reading = false;
  /** What is being read, and not in the lane yet. */
  private taking: Range | null = null;
  private stopping = false;
  private cancelSlot: Cancel = () => undefined;

  constructor(private readonly options: BacklogOptions) {
    this.lane = options.lane(BOUNDS);
    this.rate = startPace(this.perSecondMax);
  }

  get count(): number {
    return this.unread + this.urgent.count + this.lane.length;
  }

  /** Alarms or events wait on the disk. */
  get hasUrgent(): boolean {
    return this.urgent.length > 0;
  }

  /** Places that are read, wait in the lane or are sent. */
  get sending(): Range[] {
    return [...(this.taking === null ? [] : [this.taking]), ...this.lane.places()];
  }

  get active(): number {
    return this.lane.active;
  }

  /** What is older than something that was read makes that be read again, behind it. */
  add(ranges: readonly Range[]): void {
    const oldest = ranges[0];
    if (oldest !== undefined)
      for (const range of rangesOf(this.lane.takeAfter(oldest.from))) this.unread += this.ranges.add(range);
    for (const range of ranges) this.unread += this.ranges.add(range);
    this.options.metrics.backlog.set(this.count);
  }

  /** Alarms and events: they are read before the others. */
  addUrgent(ranges: readonly Range[]): void {
    if (ranges.length === 0) return;
    this.remove(ranges);
    for (const range of ranges) this.urgent.add(range);
  }

  remove(ranges: readonly Range[]): void {
    for (const range of ranges) this.ranges.remove(range);
    this.unread = this.ranges.count;
  }

  start(): void {
    this.cancelSlot = this.options.clock.every(SLOT_MS, () => {
      const perSlot = (this.rate.perSecond * SLOT_MS) / 1_000;
      this.allowance = Math.min(this.allowance + perSlot, Math.max(1, 2 * perSlot));
      this.options.metrics.backlog.set(this.count);
      void this.fill();
    });
  }

  /** @param liveAgeMs how long the slowest live record takes by now, wall time */
  pace(liveAgeMs: number): void {
    if (this.count === 0) this.rate = startPace(this.perSecondMax);
    else this.rate = nextPace(this.rate, liveAgeMs, this.perSecondMax);
    this.options.metrics.backlogPerSecond.set(this.count === 0 ? 0 : Math.round(this.rate.perSecond));
  }

  pumpAll(): void {
    this.lane.pumpAll();
  }

  resume(): void {
    this.lane.resume();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelSlot();
    await this.lane.stop();
  }

  private get perSecondMax(): number {
    return this.options.backlogPerSecond ?? 100_000;
  }

  /** Some of it is in memory already while the log is away: no more is needed to find out that it is back. */
  private get mayRead(): boolean {
    return this.lane.failing === 0 || this.options.isUp();
  }

  /** One reader at a time, so that entries come to the lane in the order of the spool. */
  private async fill(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      while (!this.stopping && this.urgent.length > 0 && this.options.hasRoomForFirst()) {
        await this.readUrgent(this.urgent.list()[0]!);
      }
      while (!this.stopping && this.allowance >= 1 && !this.lane.isFull && this.mayRead) {
        const oldest = this.ranges.list()[0];
        if (oldest === undefined) break;
        await this.readSome(oldest);
      }
    } catch (error) {
      this.options.logger.error({ code: codeOf(error) }, "spool can't be read; trying again");
      await this.options.clock.sleep(AGAIN_MS);
    } finally {
      this.reading = false;
    }
  }

  private async readSome(oldest: Range): Promise<void> {
    // What the lane gave back would be read again, and a reader that goes back begins at the start of its segment.
    const max = Math.min(READ_MAX, Math.floor(this.allowance), this.lane.room);
    const { spool } = this.options;
    // Until it is in the lane, where it is asked for as well.
    this.taking = spool.partOf(oldest);
    try {
      const { entries, upTo } = await spool.read(this.taking, max);
      // What came in front meanwhile is read first.
      if (this.stopping || this.ranges.list()[0]?.from !== oldest.from) return;
      const done = { from: oldest.from, to: upTo };
      this.ranges.remove(done);
      this.unread -= done.to - done.from;
      this.allowance -= entries.length;
      this.lane.offer(entries);
    } finally {
      this.taking = null;
    }
    this.options.metrics.backlog.set(this.count);
  }

  private async readUrgent(oldest: Range): Promise<void> {
    const { entries, upTo } = await this.options.spool.read(oldest, READ_MAX);
    if (this.stopping) return;
    this.urgent.remove({ from: oldest.from, to: upTo });
    this.options.toFirst(entries);
  }
}

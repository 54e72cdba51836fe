import type { Cancel, Clock } from '@vigil/clock';
import type { LogRecord } from '../log-record.js';
import type { GatewayMetrics } from '../metrics.js';
import { codeOf, type GatewayLog } from '../log.js';
import { type Range, RangeSet } from '../spool/ranges.js';
import type { SpoolEntry } from '../spool/reader.js';
import type { Spool } from '../spool/spool.js';
import { within } from '../within.js';
import { Backlog } from './backlog.js';
import { type Answer, Lane, type LaneOptions } from './lane.js';
import type { LogUplink } from './log-uplink.js';
import { ephemeral, rangesOf } from './shard-queue.js';

export interface UplinkOptions {
  readonly spool: Spool;
  readonly log: LogUplink;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly logger: GatewayLog;
  /** Backlog records a second at most, wall time. Default 100,000: as fast as the log takes them. */
  readonly backlogPerSecond?: number;
  /** For the jitter of waits; 0 up to and without 1. */
  readonly random?: () => number;
}

/** How the way to the log is. */
export interface UplinkState {
  /** `unknown` before the first answer. */
  readonly state: 'unknown' | 'up' | 'down';
  /** Since when nothing was taken, wall time; null while something is. */
  readonly failingSinceWallMs: number | null;
  /** Records that wait behind the live ones. */
  readonly backlog: number;
  /** How long the slowest live record of the last second took to be on the log, or has been waiting by now; wall time. */
  readonly liveAgeMs: number;
  /** From the spool to the log, of the newest live record that the log settled; wall time, null before the first. */
  readonly lagMs: number | null;
}

/** A record older than this when its turn comes goes to the backlog, wall time. */
export const LIVE_MS = 10_000;
const LIVE_BATCH_MAX = 2_000;
/**
 * One live send begins at the earliest so long after the one before, in wall time: batches of one or two records, which
 * the log settles in a few milliseconds each, cost hub and readers a third more than what gathers meanwhile.
 */
const GATHER_MS = 20;
const LOOK_MS = 200;
/** Records in memory at most; older ones are read from the spool again. */
const LIVE_BOUNDS = { recordsMax: 20_000, bytesMax: 32 * 1024 * 1024 };
/** Beyond it alarms and events wait on the disk. */
const FIRST_BOUNDS = { recordsMax: 4_000, bytesMax: 8 * 1024 * 1024 };
/** New data wait so long for alarms and events of the same part of the log, which may be many after an outage. */
const BEHIND_FIRST_MS_MAX = 500;
/** Sends without one success after which the log counts as away, where so many of its parts are in use. */
const FAILURES_MAX = 3;
/** Records of the last start that are looked at for ones young enough to be live. */
const RESUME_MAX = 5_000;

/**
 * Brings the spool to the log: alarms and events first, then what is new, then what waited behind it.
 *
 * Three lanes, each with one send at a time for each part of the log, so that a partition that takes its time holds up
 * nobody else. `first` carries alarms and events; while a part of the log has some to take, the other lanes wait there. `live`
 * takes entries from memory as they become durable. What is older than `LIVE_MS` when its turn comes goes to the backlog
 * lane, which reads from disk, oldest first, as fast as the log takes it while the live lane stays young: so after an
 * outage the newest data go at once. Order holds per key and lane.
 *
 * Ephemeral events (ticks, states) go behind the live data that came before them, or nowhere. At least once: an entry is
 * settled only after the log answered for it, and goes again under its own id otherwise.
 */
export class Uplink {
  private readonly first: Lane;
  private readonly live: Lane;
  private readonly old: Backlog;
  private state: UplinkState['state'] = 'unknown';
  /** Sends without one success between them. */
  private failed = 0;
  private failingSinceWallMs: number | null = null;
  private upSinceWallMs = 0;
  private lagMs: number | null = null;
  /** Of this look and the one before. */
  private slowest = { now: 0, before: 0 };
  private cancelLook: Cancel = () => undefined;

  constructor(private readonly options: UplinkOptions) {
    const { log, clock, random = Math.random } = options;
    const lane = (
      name: string,
      more: Pick<LaneOptions, 'overflow' | 'batchMax' | 'gatherMs' | 'recordsMax' | 'bytesMax' | 'mayStart' | 'before'>,
    ): Lane => new Lane({ log, clock, random, ...more, onAnswer: (answer) => this.answered(name, answer) });
    const isClear = (shard: number): boolean => this.first.isClear(shard);
    const behindFirst = (shard: number, oldestWallMs: number): boolean =>
      isClear(shard) ||
      (this.state === 'up' && clock.wallMs() - Math.max(oldestWallMs, this.upSinceWallMs) > BEHIND_FIRST_MS_MAX);
    this.first = lane('first', { ...FIRST_BOUNDS, overflow: 'never', batchMax: 500, gatherMs: 0, mayStart: () => true });
    this.live = lane('live', {
      ...LIVE_BOUNDS,
      overflow: 'oldest',
      batchMax: LIVE_BATCH_MAX,
      gatherMs: GATHER_MS,
      mayStart: behindFirst,
    });
    // What grew old while older records of its key are under way as live would overtake them if they fail.
    const before = (shard: number): number => this.live.oldestIndex(shard, log.shards ?? 1);
    const isUp = (): boolean => this.state !== 'down';
    this.old = new Backlog({
      ...options,
      lane: (bounds) => lane('backlog', { ...bounds, overflow: 'never', gatherMs: 0, mayStart: isClear, before }),
      toFirst: (entries) => this.first.offer(entries),
      hasRoomForFirst: () => !this.first.isFull && (this.first.failing === 0 || isUp()),
      isUp,
    });
  }

  /** Resumes what the last start left unsettled: what is young enough as live, the rest as backlog. */
  async start(): Promise<void> {
    const { spool, clock } = this.options;
    const left = spool.unsettled();
    this.old.add(left);
    this.old.addUrgent(spool.urgent());
    spool.onDurable = (entries) => this.offer(entries);
    let resuming: readonly Range[] = left;
    // Alarms and events are stored again before their segment goes, so they hold up no eviction.
    spool.sending = () => [...resuming, ...this.live.places(), ...this.old.sending];
    await this.resumeYoung(left);
    resuming = [];
    this.cancelLook = clock.every(LOOK_MS, () => this.look());
    this.old.start();
  }

  /** The newest data reach the log without waiting. */
  get caughtUp(): boolean {
    return this.state !== 'down' && this.live.length === 0;
  }

  get connected(): boolean {
    return this.state === 'up';
  }

  get backlogCount(): number {
    return this.old.count;
  }

  report(): UplinkState {
    const { state, failingSinceWallMs, lagMs } = this;
    return { state, failingSinceWallMs, backlog: this.old.count, liveAgeMs: Math.round(this.liveAgeMs()), lagMs };
  }

  /**
   * Events worth something only now. The gateway's own go in front of what waits, because they have nothing to overtake; a
   * tick that overtook the data of its bed would make them late. Dropped and counted while their part of the log is away.
   */
  offerEphemeral(records: readonly LogRecord[]): void {
    const wallMs = this.options.clock.wallMs();
    const entries = records.map((record) => ephemeral(record, wallMs));
    const lost = this.live.offerEphemeral(entries, ({ record: { key } }) => key.startsWith('gateway:'));
    this.options.metrics.ephemeralDropped.inc(lost);
  }

  /** Sends what is in memory, waiting at most `timeoutMs` of wall time. The rest is on the spool. */
  async stop(timeoutMs: number): Promise<void> {
    this.cancelLook();
    const all = Promise.all([this.first.drained(), this.live.drained(), this.old.stop()]);
    await within(this.options.clock, timeoutMs, all);
    this.options.spool.onDurable = () => undefined;
    void this.first.stop();
    void this.live.stop();
  }

  /** What has just become durable. */
  private offer(entries: readonly SpoolEntry[]): void {
    const first = entries.filter(isFirst);
    if (first.length > 0) this.offerFirst(first);
    this.toBacklog(this.live.offer(first.length === 0 ? entries : entries.filter((e) => !isFirst(e))));
  }

  /** Alarms and events keep their order: while some of them are only on disk, others join them there. */
  private offerFirst(entries: readonly SpoolEntry[]): void {
    if (this.old.hasUrgent || this.first.isFull) this.old.addUrgent(rangesOf(entries));
    else this.first.offer(entries);
  }

  private async resumeYoung(left: readonly Range[]): Promise<void> {
    const { spool, clock } = this.options;
    const newest = left.at(-1);
    if (newest === undefined) return;
    const oldestWallMs = clock.wallMs() - LIVE_MS;
    const young: SpoolEntry[] = [];
    try {
      for (let from = Math.max(newest.from, newest.to - RESUME_MAX); from < newest.to;) {
        const { entries, upTo } = await spool.read({ from, to: newest.to }, LIVE_BATCH_MAX);
        young.push(...entries.filter((e) => e.wallMs >= oldestWallMs));
        from = upTo;
      }
    } catch (error) {
      // All of it is in the backlog, which reads again.
      this.options.logger.warn({ code: codeOf(error) }, "spool can't be read yet");
      return;
    }
    // Alarms and events are read in their own order, with the older ones.
    const data = young.filter((entry) => !isFirst(entry));
    this.old.remove(rangesOf(data));
    this.toBacklog(this.live.offer(data));
  }

  /** Once in a while: what has grown old leaves memory, and the backlog learns how fast it may go. */
  private look(): void {
    this.toBacklog(this.live.dropOlder(this.options.clock.wallMs() - LIVE_MS));
    const liveAgeMs = this.liveAgeMs();
    this.slowest = { now: 0, before: this.slowest.now };
    this.live.pumpAll();
    this.old.pumpAll();
    this.old.pace(liveAgeMs);
  }

  private liveAgeMs(): number {
    const { oldestWallMs } = this.live;
    const waitingMs = oldestWallMs === null ? 0 : this.options.clock.wallMs() - oldestWallMs;
    return Math.max(this.slowest.now, this.slowest.before, waitingMs);
  }

  /** Settles what the log has, or never will have, and tells the lanes that may have waited for it. */
  private answered(lane: string, answer: Answer): void {
    const { spool, metrics, logger, clock } = this.options;
    const settled = new RangeSet();
    let sent = 0;
    answer.entries.forEach(({ index, record }, i) => {
      const status = answer.statuses[i];
      if (status === 'retry') return;
      if (status === 'sent') sent++;
      else {
        metrics.unsendable.inc();
        logger.error({ index, bytes: record.body.length }, 'the log will never take this record; given up');
      }
      settled.add({ from: index, to: index + 1 });
    });
    metrics.sent.inc({ lane }, sent);
    metrics.settleSeconds.observe(answer.tookMs / 1_000);
    metrics.ephemeralDropped.inc(answer.ephemeralLost);
    if (answer.failed) metrics.sendFailures.inc({ lane });
    spool.settle(settled.list());
    const oldest = answer.entries[0];
    if (lane === 'live' && sent > 0 && oldest !== undefined) {
      const ageMs = Math.max(0, clock.wallMs() - oldest.wallMs);
      this.slowest.now = Math.max(this.slowest.now, ageMs);
      metrics.liveAgeSeconds.observe(ageMs / 1_000);
      this.lagMs = Math.max(0, clock.wallMs() - answer.entries.at(-1)!.wallMs);
    }
    this.note(!answer.failed || sent > 0);
    if (lane === 'first' && this.first.isClear(answer.shard)) {
      this.live.pumpAll();
      this.old.pumpAll();
    }
  }

  private note(isTaken: boolean): void {
    if (isTaken) {
      const wasDown = this.state === 'down';
      if (this.state !== 'up') this.upSinceWallMs = this.options.clock.wallMs();
      this.state = 'up';
      this.failed = 0;
      this.failingSinceWallMs = null;
      if (wasDown) for (const lane of [this.first, this.live, this.old]) lane.resume();
      return;
    }
    this.failed++;
    this.failingSinceWallMs ??= this.options.clock.wallMs();
    const inUse = this.first.active + this.live.active + this.old.active;
    if (this.failed >= Math.min(FAILURES_MAX, Math.max(1, inUse))) this.state = 'down';
  }

  private toBacklog(entries: readonly SpoolEntry[]): void {
    if (entries.length === 0) return;
    const ranges = rangesOf(entries);
    const places = ranges.reduce((sum, r) => sum + r.to - r.from, 0);
    this.options.metrics.ephemeralDropped.inc(entries.length - places);
    this.old.add(ranges);
  }
}

/** Alarms and what is said about data go before data. */
function isFirst({ record: { lane } }: SpoolEntry): boolean {
  return lane === 'alarms' || lane === 'events';
}

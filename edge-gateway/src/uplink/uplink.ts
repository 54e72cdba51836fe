import type { Clock } from '@vigil/clock';
import type { LogRecord } from '../log-record.js';
import type { GatewayMetrics } from '../metrics.js';
import { codeOf, type GatewayLog } from '../log.js';
import { type Range, RangeSet } from '../spool/ranges.js';
import type { SpoolEntry } from '../spool/reader.js';
import type { Spool } from '../spool/spool.js';
import { within } from '../within.js';
import { LiveQueue } from './live-queue.js';
import type { LogUplink, SendStatus } from './log-uplink.js';

export interface UplinkOptions {
  readonly spool: Spool;
  readonly log: LogUplink;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly logger: GatewayLog;
  /** Backlog records a second, wall time. Default 2,000. */
  readonly backlogPerSecond?: number;
}

/** A record older than this when its turn comes goes to the backlog, wall time. */
export const LIVE_MS = 10_000;
const LIVE_BATCH_MAX = 2_000;
/**
 * One live send begins at the earliest so long after the one before, in wall time: batches of one or two records, which
 * the log settles in a few milliseconds each, cost hub and readers a third more than what gathers meanwhile.
 */
const GATHER_MS = 20;
const SLOT_MS = 100;
const BACKOFF_MS = [100, 250, 500, 1_000, 2_000];
/** Records of the last start that are looked at for ones young enough to be live. */
const RESUME_MAX = 5_000;

/**
 * Brings the spool to the log: what is new first, what waited behind it.
 *
 * Two lanes, each with one send at a time. The live lane takes entries from memory as they become durable. What is
 * older than `LIVE_MS` when its turn comes goes to the backlog lane, which reads from disk, oldest first, at a bounded
 * rate: so after an outage the newest data go at once. Order holds per key and lane. Ephemeral events (ticks, states)
 * go behind the live data that came before them, or nowhere.
 *
 * At least once: an entry is settled only after the log answered for it, and goes again under its own id otherwise.
 */
export class Uplink {
  private readonly live = new LiveQueue();
  private readonly backlog = new RangeSet();
  private ephemeral: readonly LogRecord[] = [];
  /** `unknown` before the first answer and after each backoff: the next send will tell. */
  private state: 'unknown' | 'up' | 'down' = 'unknown';
  private failures = 0;
  private liveSentInSlot = 0;
  private stopping = false;
  private wakeLive: (() => void) | null = null;
  private loops: Promise<unknown> = Promise.resolve();
  private cancelSleeps = new AbortController();

  constructor(private readonly options: UplinkOptions) {}

  /** Resumes what the last start left unsettled: what is young enough as live, the rest as backlog. */
  async start(): Promise<void> {
    const { spool } = this.options;
    const left = spool.unsettled();
    for (const range of left) this.backlog.add(range);
    spool.onDurable = (entries) => this.offer(entries);
    await this.resumeYoung(left);
    this.loops = Promise.all([this.runLive(), this.runBacklog()]);
  }

  /** The newest data reach the log without waiting. */
  get caughtUp(): boolean {
    return this.state !== 'down' && this.live.length === 0;
  }

  get connected(): boolean {
    return this.state === 'up';
  }

  get backlogCount(): number {
    return this.backlog.count;
  }

  /** Events worth something only now. Replaces those that are still waiting; dropped and counted while not connected. */
  offerEphemeral(records: readonly LogRecord[]): void {
    this.dropEphemeral();
    this.ephemeral = records;
    if (this.state === 'down') this.dropEphemeral();
    else this.wakeLive?.();
  }

  /** Sends what is in memory, waiting at most `timeoutMs` of wall time. The rest is on the spool. */
  async stop(timeoutMs: number): Promise<void> {
    this.stopping = true;
    this.wakeLive?.();
    this.cancelSleeps.abort(new Error('stopping'));
    await within(this.options.clock, timeoutMs, this.loops);
    this.options.spool.onDurable = () => undefined;
  }

  private offer(entries: readonly SpoolEntry[]): void {
    this.toBacklog(this.live.push(entries));
    this.wakeLive?.();
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
    for (const { index } of young) this.backlog.remove({ from: index, to: index + 1 });
    this.live.push(young);
  }

  private async runLive(): Promise<void> {
    const { clock, metrics } = this.options;
    for (;;) {
      this.toBacklog(this.live.dropOlder(clock.wallMs() - LIVE_MS));
      if (this.live.length === 0 && this.ephemeral.length === 0) {
        if (this.stopping) return;
        await new Promise<void>((resolve) => (this.wakeLive = resolve));
        this.wakeLive = null;
        continue;
      }
      const entries = this.live.take(LIVE_BATCH_MAX);
      const ephemeral = this.takeEphemeral();
      const startedMs = performance.now();
      const statuses = await this.send([...entries.map((e) => e.record), ...ephemeral]);
      const again = this.settle(entries, statuses, 'live');
      this.live.putBack(again);
      this.liveSentInSlot += entries.length - again.length;
      const lost = statuses.slice(entries.length).filter((s) => s !== 'sent').length;
      metrics.ephemeralDropped.inc(lost);
      if (again.length + lost === 0) {
        this.state = 'up';
        this.failures = 0;
        if (!this.stopping) await this.pause(Math.max(0, GATHER_MS - (performance.now() - startedMs)));
      } else {
        metrics.sendFailures.inc({ lane: 'live' });
        if (this.stopping) return;
        await this.backOff();
      }
    }
  }

  /**
   * A tick that overtook the data of its bed would make them late, so ticks wait until there are none. The gateway's own
   * state has nothing to overtake and goes at once: a gateway with much to send is not lost.
   */
  private takeEphemeral(): readonly LogRecord[] {
    const behindData = this.live.length > 0;
    const taken = this.ephemeral.filter(({ key }) => !behindData || key.startsWith('gateway:'));
    this.ephemeral = this.ephemeral.filter((record) => !taken.includes(record));
    return taken;
  }

  private async backOff(): Promise<void> {
    this.state = 'down';
    this.dropEphemeral();
    await this.pause(BACKOFF_MS[Math.min(this.failures++, BACKOFF_MS.length - 1)]!);
    this.state = 'unknown';
  }

  private async runBacklog(): Promise<void> {
    const { spool, metrics, backlogPerSecond = 2_000 } = this.options;
    const perSlot = Math.max(1, Math.round((backlogPerSecond * SLOT_MS) / 1_000));
    while (!this.stopping) {
      // While the live lane is behind, the backlog sends no more than the live lane did in the slot before.
      const busy = this.live.length > 0;
      const allowance = busy ? Math.min(perSlot, this.liveSentInSlot) : perSlot;
      this.liveSentInSlot = 0;
      const oldest = this.backlog.list()[0];
      if (oldest === undefined || this.state === 'down' || allowance === 0) {
        await this.pause(SLOT_MS);
        continue;
      }
      const startedMs = performance.now();
      try {
        const { entries, upTo } = await spool.read(oldest, allowance);
        const statuses = entries.length === 0 ? [] : await this.send(entries.map((e) => e.record));
        const again = this.settle(entries, statuses, 'backlog');
        this.backlog.remove({ from: oldest.from, to: upTo });
        for (const { index } of again) this.backlog.add({ from: index, to: index + 1 });
        metrics.backlog.set(this.backlog.count);
        if (again.length > 0) metrics.sendFailures.inc({ lane: 'backlog' });
        // With nothing live to send, the backlog finds out whether the log is there.
        if (again.length > 0 && !busy) await this.pause(BACKOFF_MS[1]!);
        else if (again.length === 0 && this.state === 'unknown') this.state = 'up';
      } catch (error) {
        this.options.logger.error({ code: codeOf(error) }, "spool can't be read; trying again");
        await this.pause(1_000);
      }
      await this.pause(Math.max(0, SLOT_MS - (performance.now() - startedMs)));
    }
  }

  private async send(records: readonly LogRecord[]): Promise<SendStatus[]> {
    const startedMs = performance.now();
    const statuses = await this.options.log.send(records);
    this.options.metrics.settleSeconds.observe((performance.now() - startedMs) / 1_000);
    return statuses;
  }

  /** Settles what the log has (or never will have), and returns the entries to send again. */
  private settle(entries: readonly SpoolEntry[], statuses: readonly SendStatus[], lane: 'live' | 'backlog'): SpoolEntry[] {
    const { spool, metrics, logger } = this.options;
    const settled = new RangeSet();
    const again: SpoolEntry[] = [];
    let sent = 0;
    entries.forEach((entry, i) => {
      if (statuses[i] === 'retry') {
        again.push(entry);
        return;
      }
      if (statuses[i] === 'sent') sent++;
      else {
        metrics.unsendable.inc();
        logger.error({ index: entry.index, bytes: entry.record.body.length }, 'the log will never take this record; given up');
      }
      settled.add({ from: entry.index, to: entry.index + 1 });
    });
    metrics.sent.inc({ lane }, sent);
    spool.settle(settled.list());
    return again;
  }

  private toBacklog(ranges: readonly Range[]): void {
    for (const range of ranges) this.backlog.add(range);
    if (ranges.length > 0) this.options.metrics.backlog.set(this.backlog.count);
  }

  private dropEphemeral(): void {
    this.options.metrics.ephemeralDropped.inc(this.ephemeral.length);
    this.ephemeral = [];
  }

  /** Waits, shorter when stopping. */
  private async pause(wallMs: number): Promise<void> {
    await this.options.clock.sleep(wallMs, this.cancelSleeps.signal).catch(() => undefined);
  }
}

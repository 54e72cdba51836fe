import type { Cancel, Clock } from '@vigil/clock';
import type { AlarmTransition, BedId, GatewayConfig, GatewayId, LogEvent } from '@vigil/contracts';
import { spanAt } from '@vigil/domain';
import type { BedTable } from '../devices/bed-table.js';
import type { Faults } from '../faults/faults.js';
import { codeOf, type GatewayLog } from '../log.js';
import type { LogRecord } from '../log-record.js';
import type { GatewayMetrics } from '../metrics.js';
import type { SpoolEntry } from '../spool/reader.js';
import type { CloudLink } from './cloud-link.js';
import { EndedAlarms } from './ended-alarms.js';
import { Numerics } from './numerics.js';
import { OutageRecorder } from './outage-recorder.js';
import { replayInto, type ReplaySource } from './replay.js';
import { Shadow } from './shadow.js';
import type { WatchCheckpoint, WatchFile } from './watch-file.js';
import { viewOf, type WatchView } from './watch-view.js';

export interface LocalWatchOptions {
  readonly gatewayId: GatewayId;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly faults: Faults;
  readonly beds: BedTable;
  readonly link: CloudLink;
  readonly file: WatchFile;
  readonly spool: ReplaySource & { append(records: readonly LogRecord[], done: (outage?: Error) => void): void };
}

const CHECK_MS = 500;
const CHECKPOINT_MS = 10_000;
/** A failure is said for so long after the last one, wall time. */
const FAILING_MS = 60_000;
/** After so long without the platform, beds and patients may be others than the gateway knows. Wall time. */
export const STALE_CONFIG_MS = 24 * 3_600_000;
/**
 * The platform is asked every four seconds; without an answer for so long (wall time) the unit is told that it is away. A
 * platform that stands still pages nobody, however well the log takes what is sent.
 */
const PLATFORM_SILENT_MS = 15_000;
/** Records that the spool would not take at once. */
const UNSAID_MAX = 5_000;

/**
 * What the unit sees while the cloud is away (D17): the platform's engine in shadow, in spool order, and what it derives.
 *
 * Alarms are in `view` as soon as their reading is durable, whether or not an outage has been noticed. While the log is out
 * of reach each transition also goes to the spool, for the platform to take over. Nothing here can stop the intake.
 */
export class LocalWatch {
  private readonly shadow = new Shadow();
  private readonly recorder: OutageRecorder;
  private readonly numerics = new Numerics();
  private readonly ended: EndedAlarms;
  private readonly recorded = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private config: GatewayConfig | null = null;
  private nextIndex = 0;
  /** Wall time since when the shadow has seen everything; its state is worth handing over from there. */
  private wholeSinceMs: number;
  private failedWallMs = -Infinity;
  private unsaid: LogRecord[] = [];
  private cancels: Cancel[] = [];
  private saving: Promise<void> = Promise.resolve();
  private isSaveWaiting = false;

  constructor(private readonly options: LocalWatchOptions) {
    this.recorder = new OutageRecorder(options.gatewayId);
    this.ended = new EndedAlarms(options.clock);
    this.wholeSinceMs = options.clock.wallMs();
  }

  /** Goes on from the checkpoint of the start before, through what the spool still has. Call before the first `take`. */
  async start(): Promise<void> {
    const { beds, clock, link, metrics, spool } = this.options;
    const checkpoint = await this.restored();
    this.cancels.push(beds.onConfig((config) => this.configure(config)));
    const whole = await replayInto(spool, checkpoint?.nextIndex ?? null, (entries) => this.take(entries));
    if (!whole) this.wholeSinceMs = clock.wallMs();
    link.awaySinceMs ??= this.recorder.current?.sinceWallMs ?? null;
    metrics.cloudConnected.set(link.awaySinceMs === null ? 1 : 0);
    link.onChange(() => this.linkChanged());
    this.cancels.push(
      clock.every(CHECK_MS, () => this.look()),
      clock.every(CHECKPOINT_MS, () => void this.save()),
    );
  }

  /**
   * What the start before had kept, taken over. Null where there is none, and, loudly, for one that this version can't go on from:
   * it then begins as if there were none, and hands nothing over that it has not seen itself.
   */
  private async restored(): Promise<WatchCheckpoint | null> {
    const { clock, faults, file, link, log, metrics } = this.options;
    try {
      const checkpoint = await file.load();
      if (checkpoint === null) return null;
      this.shadow.restore(checkpoint.shadow);
      this.recorder.restore(checkpoint.recorder);
      link.resume(checkpoint.lastTakenWallMs);
      this.nextIndex = checkpoint.nextIndex;
      this.wholeSinceMs = -Infinity;
      return checkpoint;
    } catch (error) {
      metrics.watchFailures.inc();
      log.error({ code: codeOf(error) }, 'the local watch begins anew: this version can not read what the one before it kept');
      this.failedWallMs = clock.wallMs();
      faults.gateway('watchFailed', true);
      return null;
    }
  }

  /** What has just become durable, in spool order. */
  take(entries: readonly SpoolEntry[]): void {
    const events: LogEvent[] = [];
    for (const { index, record } of entries) {
      this.nextIndex = Math.max(this.nextIndex, index + 1);
      const event = eventOf(record);
      if (event !== null) events.push(event);
    }
    this.judge(events);
  }

  /** Time has passed at beds that sent nothing. */
  tick(events: readonly LogEvent[]): void {
    this.judge(events.filter(({ kind }) => kind === 'tick'));
  }

  view(): WatchView {
    const { gatewayId, clock } = this.options;
    return viewOf({
      ...{ gatewayId, config: this.config, shadow: this.shadow, numerics: this.numerics },
      ...{ awaySinceMs: this.awaySinceMs, failing: this.isFailing, nowMs: clock.nowMs(), wallMs: clock.wallMs() },
      recorded: (alarmId) => (this.recorder.current === null ? null : this.recorded.has(alarmId)),
      over: this.ended.list(),
    });
  }

  /** Since when the log or the platform is away, as the unit is told; wall time, null while both answer. */
  private get awaySinceMs(): number | null {
    const { beds, clock, link } = this.options;
    const heardMs = beds.platformHeardWallMs;
    const isSilent = heardMs !== null && clock.wallMs() - heardMs > PLATFORM_SILENT_MS;
    if (link.awaySinceMs !== null && isSilent) return Math.min(link.awaySinceMs, heardMs);
    return isSilent ? heardMs : link.awaySinceMs;
  }

  /** Told of everything that changes an alarm or the state line; not of each reading. @returns ends it */
  onAlarm(listener: () => void): Cancel {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    for (const cancel of this.cancels) cancel();
    this.options.link.onChange(() => undefined);
    await this.save();
  }

  private get isFailing(): boolean {
    return this.options.clock.wallMs() - this.failedWallMs < FAILING_MS;
  }

  private configure(config: GatewayConfig): void {
    const before = new Map(this.config?.watch?.beds.map((bed) => [bed.bedId, bed.encounter?.encounterId]));
    this.config = config;
    const beds = config.watch?.beds ?? [];
    for (const { bedId, encounter } of beds) {
      if (before.has(bedId) && before.get(bedId) !== encounter?.encounterId) this.numerics.forget(bedId);
    }
    this.numerics.keep(new Set(beds.map(({ bedId }) => bedId)));
    this.follow(this.shadow.configure(config, this.options.clock.nowMs()));
  }

  private judge(events: readonly LogEvent[]): void {
    if (events.length === 0) return;
    if (!this.shadow.isConfigured) {
      // It has not seen these, and must not hand over as if it had.
      this.wholeSinceMs = this.options.clock.wallMs();
      return;
    }
    const startedMs = performance.now();
    for (const event of events) {
      if (event.kind !== 'deviceMessage') continue;
      const bed = this.shadow.bed(event.bedId as BedId);
      const span = bed === null ? null : spanAt(bed, event.deviceId, event.atMs);
      this.numerics.take(event, span?.intervalsMs ?? {});
    }
    this.follow(this.shadow.take(events));
    this.options.metrics.watchEvents.inc(events.length);
    this.options.metrics.watchSeconds.inc((performance.now() - startedMs) / 1_000);
  }

  private follow(transitions: readonly AlarmTransition[] | null): void {
    if (transitions === null) {
      this.failed();
      return;
    }
    if (transitions.length === 0) return;
    const { clock, metrics } = this.options;
    metrics.watchTransitions.inc(transitions.length);
    this.ended.take(transitions);
    const ours = transitions.filter((t) => t.bedId !== null && this.shadow.isOfReadings(t));
    this.say(
      this.recorder.take(ours, clock.wallMs(), (bedId) => this.handover(bedId, this.recorder.current?.sinceWallMs)),
      ours,
    );
    this.changed();
  }

  /** A bug: what was at hand is not judged, and the platform is not handed what may be wrong. */
  private failed(): void {
    const { clock, faults, log, metrics } = this.options;
    metrics.watchFailures.inc();
    if (!this.isFailing) log.error({}, 'the local watch met a bug and left out what it could not judge; the intake goes on');
    this.failedWallMs = this.wholeSinceMs = clock.wallMs();
    faults.gateway('watchFailed', true);
    if (this.config !== null) this.shadow.configure(this.config, clock.nowMs());
    this.changed();
  }

  private look(): void {
    const { link, faults, clock } = this.options;
    link.check();
    faults.gateway('watchFailed', this.isFailing);
    faults.gateway('watchStale', link.awaySinceMs !== null && clock.wallMs() - link.awaySinceMs > STALE_CONFIG_MS);
    if (this.unsaid.length > 0) this.say(this.unsaid.splice(0), []);
  }

  private linkChanged(): void {
    const { clock, link, log, metrics } = this.options;
    const sinceMs = link.awaySinceMs;
    metrics.cloudConnected.set(sinceMs === null ? 1 : 0);
    if (sinceMs === null) {
      log.info({ beds: this.config?.watch?.beds.length ?? 0 }, 'the log is back; the unit relies on the platform again');
      this.say(this.recorder.end(this.bedsAtEnd(), this.shadow.ruleSetHash, clock.nowMs()), []);
      this.recorded.clear();
    } else {
      log.warn({}, 'the log is away; the unit relies on the local watch');
      metrics.outages.inc();
      const fromMs = clock.nowMs() - (clock.wallMs() - sinceMs) * clock.rate;
      this.say(
        this.recorder.begin(sinceMs, fromMs, (bedId) => this.handover(bedId, sinceMs)),
        [],
      );
    }
    void this.save();
    this.changed();
  }

  private bedsAtEnd() {
    const sinceMs = this.recorder.current?.sinceWallMs;
    return (this.config?.watch?.beds ?? []).flatMap(({ bedId }) => {
      const bed = this.shadow.bed(bedId);
      return bed === null ? [] : [{ bedId, origin: bed.lastOrigin, handover: this.handover(bedId, sinceMs) }];
    });
  }

  /** Null unless the shadow has seen everything since the outage began. */
  private handover(bedId: BedId, sinceMs: number | undefined) {
    return sinceMs !== undefined && this.wholeSinceMs <= sinceMs ? this.shadow.handover(bedId) : null;
  }

  /** Keeps records for the platform. They count as recorded once they are durable. */
  private say(records: LogRecord[], about: readonly AlarmTransition[]): void {
    if (records.length === 0) return;
    this.options.metrics.localAlarms.inc(records.length);
    this.options.spool.append(records, (outage) => {
      if (outage !== undefined) {
        this.unsaid = [...records, ...this.unsaid].slice(0, UNSAID_MAX);
        return;
      }
      for (const { alarmId } of about) this.recorded.add(alarmId);
      if (about.length > 0) this.changed();
    });
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** One at a time, and one that waits says the newest: a slow disk makes no queue. */
  private save(): Promise<void> {
    const { file, link, log } = this.options;
    if (this.isSaveWaiting) return this.saving;
    this.isSaveWaiting = true;
    this.saving = this.saving
      .then(() => {
        this.isSaveWaiting = false;
        return file.save({
          ...{ v: 1, nextIndex: this.nextIndex, shadow: this.shadow.snapshot() },
          ...{ recorder: this.recorder.save(), lastTakenWallMs: link.lastTakenWallMs },
        });
      })
      .catch((error: unknown) => log.warn({ code: codeOf(error) }, 'the checkpoint of the local watch was not saved'));
    return this.saving;
  }
}

const WATCHED: ReadonlySet<string> = new Set(['deviceMessage', 'deviceAlarm', 'deviceFault']);

/** What the engine looks at. Events that come from disk are decoded here; the spool opens only what this gateway sealed. */
function eventOf({ lane, event, body }: LogRecord): LogEvent | null {
  if (event !== undefined) return WATCHED.has(event.kind) ? event : null;
  if (lane === 'rejects') return null;
  const decoded = JSON.parse(body.toString('utf8')) as LogEvent;
  return WATCHED.has(decoded.kind) ? decoded : null;
}

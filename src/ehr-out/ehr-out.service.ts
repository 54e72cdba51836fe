import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import type { Integration } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Integrations } from '../health/integrations.js';
import { Metrics } from '../health/metrics.js';
import { Readiness, type ReadinessPart } from '../health/readiness.js';
import { AlarmState } from '../ports/alarm-state.js';
import { AppClock } from '../ports/app-clock.js';
import { EventLog, type Subscription, type SubscriptionHealth } from '../ports/event-log.js';
import { Log } from '../ports/log.js';
import { Once } from '../ports/once.js';
import { EhrOutMetrics } from './ehr-out-metrics.js';
import { type EhrOutParts, EhrOutWork } from './ehr-out-work.js';
import { RetryRequests } from './retry-requests.js';

/** Wall time between two looks at what waits, what was put right, and how it goes. */
const LOOK_EVERY_MS = 15_000;
const WATCH_EVERY_MS = 1_000;
/** Wall time after which a server that takes nothing is said to be away. */
const AWAY_AFTER_MS = 60_000;
const HUB_AGAIN_MS = 5_000;

/** What the service needs and Nest can't tell from a type. */
export class EhrOutOptions {
  constructor(readonly parts: Omit<EhrOutParts, 'metrics' | 'clock' | 'signal'>) {}
}

/** Sends to the hospital's records as long as the process lives. Nothing of Vigil waits for it. */
@Injectable()
export class EhrOutService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly cancels: Cancel[] = [];
  private readonly work: EhrOutWork;
  private readonly outMetrics: EhrOutMetrics;
  private readonly part: ReadinessPart;
  private subscription: Subscription | null = null;
  private started: Promise<void> = Promise.resolve();
  private looking: Promise<void> = Promise.resolve();
  private isLooking = false;
  private lookTrouble: string | null = null;

  constructor(
    private readonly log: EventLog,
    private readonly alarms: AlarmState,
    private readonly clock: AppClock,
    private readonly lines: Log,
    private readonly options: EhrOutOptions,
    readiness: Readiness,
    metrics: Metrics,
    integrations: Integrations,
    retries: RetryRequests,
    private readonly once: Once,
  ) {
    this.outMetrics = new EhrOutMetrics(metrics.registry);
    const { signal } = this.stopping;
    this.work = new EhrOutWork({ ...options.parts, metrics: this.outMetrics, clock, signal });
    this.part = readiness.expect('fhir', { staleMs: 15_000, degradesOnly: true });
    integrations.tellsBy('fhir-out', () => this.report());
    retries.answeredBy(() => this.work.again.askAgain());
  }

  onApplicationBootstrap(): void {
    this.started = this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('stopping'));
    for (const cancel of this.cancels) cancel();
    await this.started;
    await this.looking;
    await this.subscription?.stop();
  }

  private async start(): Promise<void> {
    while (!this.stopping.signal.aborted && this.subscription === null) {
      try {
        // Positions are of the log that this folder has read: in another one they mean something else.
        if (!(await this.alarms.isOwnLog(await this.log.identity()))) {
          this.part.failed('another-log');
          return;
        }
        this.subscription = await this.log.subscribe('fhir', 'checkpoint', this.work.consumer);
      } catch {
        this.part.failed('log-unavailable');
        await this.clock.sleep(HUB_AGAIN_MS, this.stopping.signal).catch(() => undefined);
      }
    }
    this.cancels.push(
      this.clock.every(WATCH_EVERY_MS, () => this.watch()),
      this.clock.every(LOOK_EVERY_MS, () => this.lookOnce()),
    );
  }

  /** One look at a time; one that the server holds up is not doubled. */
  private lookOnce(): void {
    if (this.isLooking) return;
    this.isLooking = true;
    this.looking = this.look().finally(() => (this.isLooking = false));
  }

  private async look(): Promise<void> {
    try {
      this.outMetrics.noteWaiting(await this.options.parts.store.counts());
      if (this.once.isMine('ehr-again')) {
        await this.work.corrections.look();
        await this.work.again.look();
      }
      this.lookTrouble = null;
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.lookTrouble = error instanceof PlatformError ? error.code : 'internal';
      this.lines.warn('what waits for the records of the hospital could not be looked at', { code: this.lookTrouble });
    }
  }

  private watch(): void {
    const { inFlight, awaySinceWallMs, lastTrouble } = this.work.exporter.state();
    const awayMs = awaySinceWallMs === null ? 0 : this.clock.wallMs() - awaySinceWallMs;
    this.outMetrics.noteQueue(inFlight, this.work.consumer.openMinutes);
    this.outMetrics.noteAway(awayMs);
    const health = this.subscription?.health();
    this.outMetrics.noteLog(lagOf(health), health?.missed ?? 0);
    if (health?.isAnotherLog === true) this.part.failed('another-log');
    else if ((health?.missed ?? 0) > 0)
      this.part.failed(`${health!.missed} events were removed before they were sent: vigil ehr export`);
    else if (awayMs > AWAY_AFTER_MS) this.part.failed(`the FHIR server takes nothing: ${lastTrouble}`);
    else if (this.lookTrouble !== null) this.part.failed(this.lookTrouble);
    else this.part.ok();
  }

  private async report(): Promise<Omit<Integration, 'name'>> {
    const { inFlight, awaySinceWallMs, lastTrouble } = this.work.exporter.state();
    const waiting = await this.options.parts.store.counts();
    const health = this.subscription?.health();
    const asks = waiting['no-identifier'] + waiting.refused > 0;
    return {
      state: this.subscription === null ? 'starting' : awaySinceWallMs !== null ? 'away' : asks ? 'waiting' : 'working',
      sinceWallMs: awaySinceWallMs as Integration['sinceWallMs'],
      queue: inFlight,
      waiting,
      lagMs: lagOf(health),
      lastTrouble: lastTrouble ?? this.lookTrouble,
      missed: health?.missed ?? 0,
    };
  }
}

/** Null until it is known of each partition that is read here. */
function lagOf(health: SubscriptionHealth | undefined): number | null {
  const lags = [...(health?.partitions.values() ?? [])].map(({ lagMs }) => lagMs);
  return lags.length === 0 || lags.includes(null) ? null : Math.max(...lags.map((lagMs) => lagMs ?? 0));
}

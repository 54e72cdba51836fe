import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Integration } from '@vigil/contracts';
import { Integrations } from '../health/integrations.js';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { AppClock } from '../ports/app-clock.js';
import { FeedRecords } from '../ports/feed-records.js';
import { Inbound } from '../ports/inbound.js';
import { Log } from '../ports/log.js';
import { FeedMetrics } from './feed-metrics.js';
import { FeedWorker } from './feed-worker.js';

/** Rounds come each second; the longest pause between two is 10 s. */
const STALE_MS = 30_000;

/** Takes messages from senders; told to begin and to end. */
export interface FeedListener {
  /** @returns the port. @throws where it can't be listened on */
  start(): Promise<number>;
  stop(): Promise<void>;
}

export interface ListenerParts {
  readonly inbound: Inbound;
  readonly clock: AppClock;
  readonly news: FeedMetrics['news'];
}

/** Who takes messages of the hospital in this process; null where there is no such port. */
export class FeedListening {
  constructor(readonly listen: ((parts: ListenerParts) => FeedListener) | null) {}
}

/** Takes the hospital's messages and works them off, from the start of the process to its end. */
@Injectable()
export class FeedService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly worker: FeedWorker;
  private readonly listener: FeedListener | null;
  /** Where senders reach it; null where nobody is listened to. */
  port: number | null = null;

  constructor(
    listening: FeedListening,
    inbound: Inbound,
    private readonly records: FeedRecords,
    private readonly clock: AppClock,
    readiness: Readiness,
    integrations: Integrations,
    { registry }: Metrics,
    private readonly log: Log,
  ) {
    const metrics = new FeedMetrics(registry);
    const part = readiness.expect('feed', { staleMs: STALE_MS, degradesOnly: true });
    this.worker = new FeedWorker({ records, clock, metrics, part, log });
    this.listener = listening.listen?.({ inbound, clock, news: metrics.news }) ?? null;
    if (this.listener !== null) integrations.tellsBy('hl7-in', () => this.report());
  }

  async onApplicationBootstrap(): Promise<void> {
    this.worker.start();
    if (this.listener === null) return;
    this.port = await this.listener.start();
    this.log.info('HL7 messages are taken', { port: this.port });
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.port !== null) await this.listener?.stop();
    await this.worker.stop();
  }

  /** Senders come to us, so that none of them is ever `away`; one that sends nothing is not told from one that has nothing to send. */
  private async report(): Promise<Omit<Integration, 'name'>> {
    const { kept, oldestKeptWallMs, quarantined } = await this.records.backlog('hl7');
    const asks = Object.keys(quarantined).length > 0;
    return {
      state: this.port === null ? 'starting' : asks ? 'waiting' : 'working',
      sinceWallMs: null,
      queue: kept,
      waiting: quarantined,
      lagMs: oldestKeptWallMs === null ? 0 : Math.max(0, this.clock.wallMs() - oldestKeptWallMs),
      lastTrouble: this.worker.lastTrouble,
      missed: 0,
    };
  }
}

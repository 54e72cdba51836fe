import type { Server as HttpServer } from 'node:http';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PlatformError } from '@vigil/domain';
import { Sessions } from '../access/sessions.js';
import { AuditSpool } from '../audit/audit-spool.js';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { Accounts } from '../ports/accounts.js';
import { AlarmFeed } from '../ports/alarm-state.js';
import { Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { Directory } from '../ports/directory.js';
import { ServerConfig } from '../server-config.js';
import { BedIndex } from './bed-index.js';
import { LiveScores } from './live-scores.js';
import { LiveServerPart } from './live-server.js';
import { LiveVitals } from './live-vitals.js';
import { ScreenParts } from './screen-parts.js';
import { Subscriptions } from './subscriptions.js';

/** A client joins once per care unit, and again after a gap; more than this a minute is a fault of the client. */
const JOINS = { max: 60, windowMs: 60_000, keysMax: 10_000 };

/** Starts the live channel with the app and stops it before the HTTP server closes. */
@Injectable()
export class LiveService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('live');
  private server: LiveServerPart | null = null;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly clock: AppClock,
    private readonly alarms: Alarms,
    private readonly feed: AlarmFeed,
    private readonly directory: Directory,
    private readonly trail: AuditTrail,
    private readonly spool: AuditSpool,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly config: ServerConfig,
    private readonly index: BedIndex,
    private readonly vitals: LiveVitals,
    private readonly scores: LiveScores,
    private readonly screens: ScreenParts,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const onOutage = (error: unknown): void => this.outage(error);
    this.server = new LiveServerPart({
      http: this.adapterHost.httpAdapter.getHttpServer() as HttpServer,
      parts: {
        clock: this.clock,
        alarms: this.alarms,
        index: this.index,
        vitals: this.vitals,
        scores: this.scores,
        subscriptions: new Subscriptions(this.trail, this.spool, this.accounts, this.clock, (id) => this.index.patientsOf(id)),
        joins: new RateLimiter(JOINS),
        proxies: this.config.proxies,
        sendAway: (socket) => {
          this.metrics.socketClosed('not-allowed-any-more');
          socket.emit('session.ended', { reason: 'not-allowed-any-more' });
          socket.disconnect(true);
        },
        onOutage,
      },
      screens: { ...this.screens.of(this.index), clock: this.clock, index: this.index, metrics: this.metrics, onOutage },
      sessions: this.sessions,
      feed: this.feed,
      directory: this.directory,
      readiness: this.readiness,
      metrics: this.metrics,
      config: this.config,
      onTick: () => void this.spool.merge(this.trail, this.clock.wallMs()).catch(onOutage),
    });
    this.server.start();
    // Without a first picture every join waits for one, so a store that is still away is no reason to stop.
    await this.index.loaded().catch(onOutage);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.server?.stop();
  }

  private outage(error: unknown): void {
    if (error instanceof PlatformError) this.logger.warn({ code: error.code, ...error.facts }, 'live channel held back');
    else this.logger.error({ error: error instanceof Error ? error.name : typeof error }, 'live channel fault');
  }
}

import { type BeforeApplicationShutdown, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics } from '../health/metrics.js';
import { AppClock } from '../ports/app-clock.js';
import { BreakGlass } from '../ports/break-glass.js';
import { Once } from '../ports/once.js';
import { PrivacyMail } from '../ports/privacy-mail.js';
import { ServerConfig } from '../server-config.js';
import { BreakGlassController } from './break-glass.controller.js';
import { BreakGlassMetrics } from './break-glass-metrics.js';
import { BreakGlassNotices } from './break-glass-notices.js';

/** Starts the notices with the app and ends them before the stores close. */
@Injectable()
class NoticesLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly notices: BreakGlassNotices) {}

  onApplicationBootstrap(): void {
    this.notices.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.notices.stop();
  }
}

/** Emergency access, its notices and its review. What it opens is decided in `access`. */
@Module({
  controllers: [BreakGlassController],
  providers: [
    NoticesLoop,
    {
      provide: BreakGlassNotices,
      inject: [BreakGlass, PrivacyMail, Metrics, AppClock, ServerConfig, Once],
      useFactory: (grants: BreakGlass, mail: PrivacyMail, metrics: Metrics, clock: AppClock, config: ServerConfig, once: Once) =>
        new BreakGlassNotices({
          grants,
          mail,
          metrics: new BreakGlassMetrics(metrics),
          clock,
          once,
          publicUrl: () => config.publicUrl,
        }),
    },
  ],
})
export class BreakGlassModule {}

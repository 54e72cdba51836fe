import { Global, Module } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { HealthController } from './health.controller.js';
import { Integrations } from './integrations.js';
import { Metrics } from './metrics.js';
import { PagingHealth } from './paging-health.js';
import { Readiness } from './readiness.js';
import { ScreenHealth } from './screen-health.js';

/** Global, because every part reports here. */
@Global()
@Module({
  controllers: [HealthController],
  providers: [
    Metrics,
    Integrations,
    PagingHealth,
    ScreenHealth,
    { provide: Readiness, useFactory: (clock: AppClock): Readiness => new Readiness(clock), inject: [AppClock] },
  ],
  exports: [Metrics, Readiness, Integrations, PagingHealth, ScreenHealth],
})
export class HealthModule {}

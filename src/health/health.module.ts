import { Global, Module } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { HealthController } from './health.controller.js';
import { Integrations } from './integrations.js';
import { Metrics } from './metrics.js';
import { PagingHealth } from './paging-health.js';
import { Readiness } from './readiness.js';
import { ScreenHealth } from './screen-health.js';
import { SiteProcesses } from './site-processes.js';

/** Global, because every part reports here. */
@Global()
@Module({
  controllers: [HealthController],
  providers: [
    Metrics,
    Integrations,
    PagingHealth,
    ScreenHealth,
    {
      provide: SiteProcesses,
      useFactory: (clock: AppClock): SiteProcesses => new SiteProcesses(() => clock.steady().atMs),
      inject: [AppClock],
    },
    {
      provide: Readiness,
      useFactory: (clock: AppClock, processes: SiteProcesses): Readiness => {
        const readiness = new Readiness(
          clock,
          () => processes.engineElsewhere(),
          () => processes.degradedElsewhere(),
        );
        processes.tells('parts', () => readiness.reportHere().parts.flatMap(({ ready, ...part }) => (ready ? [] : [part])));
        return readiness;
      },
      inject: [AppClock, SiteProcesses],
    },
  ],
  exports: [Metrics, Readiness, Integrations, PagingHealth, ScreenHealth, SiteProcesses],
})
export class HealthModule {}

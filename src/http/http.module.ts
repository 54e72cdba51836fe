import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ServerConfig } from '../server-config.js';
import { CspReportsController } from './csp-reports.controller.js';
import { HeavyWork } from './heavy-work.js';
import { Presses } from './presses.js';
import { RequestLimits } from './request-limits.js';
import { RequestRateGuard } from './request-rate.guard.js';

/** What holds for every request whoever sends it. Imported after access, so that its guard knows the caller. */
@Global()
@Module({
  controllers: [CspReportsController],
  providers: [
    {
      provide: RequestLimits,
      useFactory: ({ settings }: ServerConfig): RequestLimits => new RequestLimits(settings.requestsPerS),
      inject: [ServerConfig],
    },
    Presses,
    HeavyWork,
    { provide: APP_GUARD, useClass: RequestRateGuard },
  ],
  exports: [RequestLimits, Presses, HeavyWork],
})
export class HttpModule {}

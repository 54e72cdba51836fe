import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ServiceTokens } from '../access/service-tokens.js';
import { EhrHints } from '../ehr-in/ehr-hints.js';
import { EhrMetrics } from '../ehr-in/ehr-metrics.js';
import { RetryRequests } from '../ehr-out/retry-requests.js';
import { HealthModule } from '../health/health.module.js';
import { Metrics } from '../health/metrics.js';
import { KeyWorkModule } from '../keys/keys.module.js';
import { ServerConfig } from '../server-config.js';
import type { AppOptions } from './app.module.js';
import { PortsModule } from './ports.module.js';

/** What workers ask for that modules of the API give elsewhere. */
@Global()
@Module({
  providers: [
    { provide: EhrMetrics, useFactory: ({ registry }: Metrics): EhrMetrics => new EhrMetrics(registry), inject: [Metrics] },
    EhrHints,
    RetryRequests,
  ],
  exports: [EhrMetrics, EhrHints, RetryRequests],
})
class WorkerHelpModule {}

@Global()
@Module({})
class WorkerProcessModule {}

/** A process without an API: the ports, and the workers of its role. */
@Module({})
export class WorkerModule {
  static from({ ports, config, services, workers }: AppOptions): DynamicModule {
    const providers = [
      { provide: ServerConfig, useValue: config },
      { provide: ServiceTokens, useValue: services },
    ];
    const process = { module: WorkerProcessModule, providers, exports: providers };
    return {
      module: WorkerModule,
      imports: [PortsModule.from(ports), process, HealthModule, WorkerHelpModule, KeyWorkModule, ...workers],
    };
  }
}

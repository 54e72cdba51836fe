import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Metrics } from '../health/metrics.js';
import { FhirServer } from '../ports/fhir-server.js';
import { Log } from '../ports/log.js';
import { EhrHints } from './ehr-hints.js';
import { EhrMetrics } from './ehr-metrics.js';
import { EhrReaderService, EhrSource } from './ehr-reader.service.js';
import { NotifyController } from './notify.controller.js';

/** Where the FHIR server says that something changed. Global, because reading is a worker of its own. */
@Global()
@Module({
  controllers: [NotifyController],
  providers: [
    { provide: EhrMetrics, useFactory: ({ registry }: Metrics): EhrMetrics => new EhrMetrics(registry), inject: [Metrics] },
    EhrHints,
  ],
  exports: [EhrMetrics, EhrHints],
})
export class EhrHintsModule {}

/** What the hospital's records say, by FHIR. Names no adapter: the server is bound in src/composition. */
@Module({})
export class EhrInModule {
  static from(log: Log, server: FhirServer, source: EhrSource): DynamicModule {
    const providers = [
      { provide: Log, useValue: log },
      { provide: FhirServer, useValue: server },
      { provide: EhrSource, useValue: source },
      EhrReaderService,
    ];
    return { module: EhrInModule, providers };
  }
}

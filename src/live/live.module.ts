import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Directory } from '../ports/directory.js';
import { RuleSets } from '../ports/rule-sets.js';
import { BedIndex } from './bed-index.js';
import { BedsController } from './beds.controller.js';
import { LiveService } from './live.service.js';
import { LiveVitals } from './live-vitals.js';

/** What is now: live sockets and beds. `LiveVitals` is fed by the live consumer of `stream`. */
@Module({
  imports: [AccessModule],
  controllers: [BedsController],
  providers: [
    { provide: LiveVitals, useFactory: (): LiveVitals => new LiveVitals() },
    {
      provide: BedIndex,
      useFactory: (directory: Directory, ruleSets: RuleSets): BedIndex => new BedIndex(directory, ruleSets),
      inject: [Directory, RuleSets],
    },
    LiveService,
  ],
  exports: [LiveVitals],
})
export class LiveModule {}

import { Global, Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Directory } from '../ports/directory.js';
import { LiveSink } from '../ports/live-sink.js';
import { LiveState } from '../ports/live-state.js';
import { AppClock } from '../ports/app-clock.js';
import { RuleSets } from '../ports/rule-sets.js';
import { Scores } from '../ports/scores.js';
import { StayLimitStore } from '../ports/stay-limits.js';
import { BedIndex } from './bed-index.js';
import { BedsController } from './beds.controller.js';
import { LiveScores } from './live-scores.js';
import { LiveService } from './live.service.js';
import { LiveVitals } from './live-vitals.js';
import { ScreenParts } from './screen-parts.js';
import { StationOffController } from './station-off.controller.js';

/** What is now: live sockets and beds. Global, because the live consumer of `stream` feeds it through the port `LiveSink`, and others look through `LiveState`. */
@Global()
@Module({
  imports: [AccessModule],
  controllers: [BedsController, StationOffController],
  providers: [
    { provide: LiveVitals, useFactory: (): LiveVitals => new LiveVitals() },
    { provide: LiveSink, useExisting: LiveVitals },
    { provide: LiveState, useExisting: LiveVitals },
    {
      provide: BedIndex,
      useFactory: (directory: Directory, ruleSets: RuleSets, limits: StayLimitStore, clock: AppClock): BedIndex =>
        new BedIndex(directory, ruleSets, limits, clock),
      inject: [Directory, RuleSets, StayLimitStore, AppClock],
    },
    {
      provide: LiveScores,
      useFactory: (scores: Scores, index: BedIndex): LiveScores => new LiveScores(scores, index),
      inject: [Scores, BedIndex],
    },
    ScreenParts,
    LiveService,
  ],
  exports: [LiveSink, LiveState],
})
export class LiveModule {}

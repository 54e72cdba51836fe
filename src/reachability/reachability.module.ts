import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { DutyWatch } from './duty-watch.js';

/** The worker that looks whether those on duty can be reached. */
@Module({})
export class ReachabilityModule {
  static from(log: Log): DynamicModule {
    return { module: ReachabilityModule, providers: [{ provide: Log, useValue: log }, DutyWatch] };
  }
}

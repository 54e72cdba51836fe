import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { OnCallWatch } from './on-call-watch.js';

/** The worker that looks whether somebody is on duty. */
@Module({})
export class OnCallWatchModule {
  static from(log: Log): DynamicModule {
    return { module: OnCallWatchModule, providers: [{ provide: Log, useValue: log }, OnCallWatch] };
  }
}

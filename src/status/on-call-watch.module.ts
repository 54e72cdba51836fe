import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { OnCallWatch } from './on-call-watch.js';
import { PolicyWatch } from './policy-watch.js';

/** The workers that look whether somebody is on duty, and whether the policies in force tell anybody. */
@Module({})
export class OnCallWatchModule {
  static from(log: Log): DynamicModule {
    return { module: OnCallWatchModule, providers: [{ provide: Log, useValue: log }, OnCallWatch, PolicyWatch] };
  }
}

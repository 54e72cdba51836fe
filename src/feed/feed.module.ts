import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { FeedListening, FeedService } from './feed.service.js';

/** What the hospital's systems send is worked off. Names no adapter: ports come from the global PortsModule. */
@Module({})
export class FeedModule {
  static from(log: Log, listening: FeedListening): DynamicModule {
    const providers = [{ provide: Log, useValue: log }, { provide: FeedListening, useValue: listening }, FeedService];
    return { module: FeedModule, providers };
  }
}

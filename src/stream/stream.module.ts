import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { StreamService } from './stream.service.js';

/** Names no adapter: ports come from the global PortsModule, bound in src/composition. */
@Module({})
export class StreamModule {
  /** @param lines where the consumers say what they met */
  static from(lines: Log): DynamicModule {
    return { module: StreamModule, providers: [{ provide: Log, useValue: lines }, StreamService] };
  }
}

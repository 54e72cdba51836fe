import { type DynamicModule, Module } from '@nestjs/common';
import type { Origin } from '@vigil/contracts';
import { Log } from '../ports/log.js';
import { SiteOrigin, StreamService } from './stream.service.js';

/** Names no adapter: ports come from the global PortsModule, bound in src/composition. */
@Module({})
export class StreamModule {
  /**
   * @param lines where the consumers say what they met
   * @param origin of what this site takes in
   */
  static from(lines: Log, origin: Origin): DynamicModule {
    const providers = [
      { provide: Log, useValue: lines },
      { provide: SiteOrigin, useValue: new SiteOrigin(origin) },
      StreamService,
    ];
    return { module: StreamModule, providers };
  }
}

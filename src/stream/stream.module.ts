import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { LiveSink } from '../ports/live-sink.js';
import { StreamService } from './stream.service.js';
import { NoScreens, StreamWork } from './stream-work.js';

/** Names no adapter: ports come from the global PortsModule, bound in src/composition. */
@Module({})
export class StreamModule {
  /** @param lines where the consumers say what they met */
  static from(lines: Log, work: StreamWork): DynamicModule {
    const providers = [
      { provide: Log, useValue: lines },
      { provide: StreamWork, useValue: work },
      ...(work.groups.has('live') ? [] : [{ provide: LiveSink, useValue: new NoScreens() }]),
      StreamService,
    ];
    return { module: StreamModule, providers };
  }
}

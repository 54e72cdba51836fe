import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { SnapshotsService } from './snapshots.service.js';

/** What is kept with alarms as time goes on. Names no adapter: ports come from the global PortsModule. */
@Module({})
export class AlarmRecordsModule {
  static from(log: Log): DynamicModule {
    return { module: AlarmRecordsModule, providers: [{ provide: Log, useValue: log }, SnapshotsService] };
  }
}

import { Module } from '@nestjs/common';
import { AlarmAccess } from './alarm-access.js';
import { AlarmAnswersController } from './alarm-answers.controller.js';
import { AlarmExportController } from './alarm-export.controller.js';
import { AlarmRecordsController } from './alarm-records.controller.js';
import { AlarmsController } from './alarms.controller.js';

/** Alarms as people see them and what people do with them; ports come from the global PortsModule. */
@Module({
  controllers: [AlarmExportController, AlarmsController, AlarmAnswersController, AlarmRecordsController],
  providers: [AlarmAccess],
})
export class AlarmsModule {}

import { Module } from '@nestjs/common';
import { AlarmsController } from './alarms.controller.js';

/** Alarms as people see them and what people do with them; ports come from the global PortsModule. */
@Module({ controllers: [AlarmsController] })
export class AlarmsModule {}

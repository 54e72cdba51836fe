import { Module } from '@nestjs/common';
import { ReportsController } from './reports.controller.js';

/** How many alarms there are, and how they are answered; ports come from the global PortsModule. */
@Module({ controllers: [ReportsController] })
export class ReportsModule {}

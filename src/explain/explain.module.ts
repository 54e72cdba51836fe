import { Module } from '@nestjs/common';
import { ExplainController } from './explain.controller.js';

/** Why an alarm is what it is, and the way of readings; ports come from the global PortsModule. */
@Module({ controllers: [ExplainController] })
export class ExplainModule {}

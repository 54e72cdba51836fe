import { Module } from '@nestjs/common';
import { StandbyController } from './standby.controller.js';

/** Who is away from the monitor. */
@Module({ controllers: [StandbyController] })
export class StandbyModule {}

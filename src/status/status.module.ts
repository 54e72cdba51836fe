import { Module } from '@nestjs/common';
import { PagingHealthController } from './paging-health.controller.js';
import { PagingStatus } from './paging-status.js';

/** Whether alarms reach people, for the watchdog and for people. */
@Module({ controllers: [PagingHealthController], providers: [PagingStatus] })
export class StatusModule {}

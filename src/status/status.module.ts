import { Module } from '@nestjs/common';
import { Canaries } from './canaries.js';
import { PagingHealthController } from './paging-health.controller.js';
import { PagingStatus } from './paging-status.js';
import { SelfTestsController } from './self-tests.controller.js';
import { SelfTestsModule } from './self-tests.module.js';
import { StatusController } from './status.controller.js';

/** Whether alarms reach people, for the watchdog and for people. */
@Module({
  imports: [SelfTestsModule],
  controllers: [PagingHealthController, StatusController, SelfTestsController],
  providers: [PagingStatus, Canaries],
})
export class StatusModule {}

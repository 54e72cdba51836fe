import { Module } from '@nestjs/common';
import { OnCallDesk } from './desk.js';
import { OnCallNowController } from './on-call-now.controller.js';
import { OverridesController } from './overrides.controller.js';
import { PreviewController } from './preview.controller.js';
import { SchedulesController } from './schedules.controller.js';
import { SwapsController } from './swaps.controller.js';

/** Who is on call: schedules, what differs from them, swaps and hand-over notes. */
@Module({
  controllers: [OnCallNowController, SchedulesController, OverridesController, SwapsController, PreviewController],
  providers: [OnCallDesk],
})
export class OnCallModule {}

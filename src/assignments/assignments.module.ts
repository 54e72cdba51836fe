import { Module } from '@nestjs/common';
import { AssignmentAccess } from './assignment-access.js';
import { DeviceAssignmentsController } from './device-assignments.controller.js';
import { DeviceCheckController } from './device-check.controller.js';

/** Which device is at which bed. */
@Module({ controllers: [DeviceAssignmentsController, DeviceCheckController], providers: [AssignmentAccess] })
export class AssignmentsModule {}

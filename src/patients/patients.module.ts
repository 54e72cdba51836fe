import { Module } from '@nestjs/common';
import { AgeWatch } from './age-watch.service.js';
import { CorrectionsController } from './corrections.controller.js';
import { EncountersController } from './encounters.controller.js';
import { PatientSearchController } from './patient-search.controller.js';
import { PatientsController } from './patients.controller.js';
import { RefusedStays } from './refused-stays.js';
import { StaffAssignmentsController } from './staff-assignments.controller.js';
import { StaffController } from './staff.controller.js';
import { StayChangesController } from './stay-changes.controller.js';

/** Patients, their stays, and the staff who care for them. Beds as they are now belong to `live`. */
@Module({
  controllers: [
    PatientsController,
    PatientSearchController,
    EncountersController,
    StayChangesController,
    CorrectionsController,
    StaffController,
    StaffAssignmentsController,
  ],
  providers: [AgeWatch, RefusedStays],
})
export class PatientsModule {}

import { Module } from '@nestjs/common';
import { AccessReportController } from './access-report.controller.js';
import { AuditController } from './audit.controller.js';
import { FhirAuditController } from './fhir-audit.controller.js';
import { HoldsController } from './holds.controller.js';

/** Who did what, for those who have to look into it. What writes and signs the trail is in `access` and the keeper. */
@Module({ controllers: [AuditController, HoldsController, AccessReportController, FhirAuditController] })
export class AuditModule {}

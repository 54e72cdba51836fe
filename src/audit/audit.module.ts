import { Module } from '@nestjs/common';
import { AccessReportController } from './access-report.controller.js';
import { AuditChainController } from './audit-chain.controller.js';
import { AuditReviewController } from './audit-review.controller.js';
import { AuditSummaries } from './audit-summary.js';
import { AuditController } from './audit.controller.js';
import { FhirAuditController } from './fhir-audit.controller.js';
import { HoldsController } from './holds.controller.js';
import { Verifications } from './verifications.js';

/** Who did what, for those who have to look into it. What writes and signs the trail is in `access` and the keeper. */
@Module({
  controllers: [
    ...[AuditReviewController, AuditChainController, AuditController],
    ...[HoldsController, AccessReportController, FhirAuditController],
  ],
  providers: [AuditSummaries, Verifications],
})
export class AuditModule {}

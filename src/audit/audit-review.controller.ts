import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AuditPatient,
  type AuditSummary,
  AuditSummaryQuery,
  type AuditVerification,
  NewAuditVerification,
  type Page,
  PatientSearch,
} from '@vigil/contracts';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { HeavyWork } from '../http/heavy-work.js';
import { parse } from '../http/invalid-request.js';
import { Directory } from '../ports/directory.js';
import { AuditSummaries } from './audit-summary.js';
import { found, Verifications } from './verifications.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;
const VerificationId = z.uuid();

/** What an officer needs beside the rows: whose they are, how many, which to look at again, and whether they are whole. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditReviewController {
  constructor(
    private readonly directory: Directory,
    private readonly summaries: AuditSummaries,
    private readonly verifications: Verifications,
    private readonly heavy: HeavyWork,
  ) {}

  @Get('summary')
  @Requires('audit.read')
  @Endpoint({
    summary: 'Count what a search of the trail finds, by person, and name what is worth a second look',
    description:
      'The filters of the search. Of one patient it says which views were made without a duty where the patient lay, off duty, under emergency access, by somebody of the same family name, or among many in an hour. It counts the newest 10,000 entries; `cut` says that there are more.',
    query: AuditSummaryQuery,
    answer: 'AuditSummary',
    problems: [...PROBLEMS, 'too-many-attempts'],
  })
  async summary(@Context() context: RequestContext, @Query() query: unknown): Promise<AuditSummary> {
    const { patient, from, to, ...rest } = parse(AuditSummaryQuery, query, 'query');
    context.subject('audit', patient ?? null, 'summary');
    const filter = { ...rest, patientId: patient, fromMs: from, toMs: to };
    const summary = await this.heavy.run('audit-summary', context, () => this.summaries.of(filter));
    context.subject('audit', patient ?? null, `summary of ${summary.entries} entries`);
    return summary;
  }

  @Post('patients')
  @HttpCode(200)
  @Requires('audit.read')
  @Endpoint({
    summary: 'Find whose trail is to be looked at, by record number, or by family name and birth date',
    description: 'Exact. Shows names, birth date and record number, so that the right patient is asked about, and nothing else.',
    body: 'PatientSearch',
    answer: 'AuditPatientList',
    problems: [...PROBLEMS, 'keys-unavailable'],
  })
  async patients(@Context() context: RequestContext, @Body() body: unknown): Promise<Page<AuditPatient>> {
    const wanted = parse(PatientSearch, body, 'body');
    const found = await this.directory.searchPatients(wanted);
    const by = 'mrn' in wanted ? 'record number' : 'name and birth date';
    const ids = found.map(({ patientId }) => patientId);
    context.subject('audit', ids, `whose trail: search by ${by}, ${found.length} found`);
    return { items: found.map((patient) => AuditPatient.parse(patient)), next: null };
  }

  @Post('verifications')
  @HttpCode(202)
  @Requires('audit.verify')
  @Endpoint({
    summary: 'Have the log checked against its chain, its signatures and what anchors have seen',
    description:
      'From a time on to the end, or all of it. Goes on by itself; ask for it until it has ended. One at a time: while one runs, that one is answered. To check without trusting this program: `vigil verify-audit`.',
    body: 'NewAuditVerification',
    status: 202,
    answer: 'AuditVerification',
    problems: PROBLEMS,
  })
  verify(@Context() context: RequestContext, @Body() body: unknown): AuditVerification {
    const { from } = parse(NewAuditVerification, body, 'body');
    const run = this.verifications.start(from, context.person.staffId);
    context.subject('audit', null, `verification ${run.verificationId}${from === undefined ? '' : ` from=${from}`}`);
    return run;
  }

  @Get('verifications/:verificationId')
  @Requires('audit.verify')
  @Endpoint({
    summary: 'How far a verification is, or what it found',
    params: { verificationId: VerificationId },
    answer: 'AuditVerification',
    problems: [...PROBLEMS, 'not-found'],
  })
  verification(@Context() context: RequestContext, @Param('verificationId') id: unknown): AuditVerification {
    const verificationId = parse(VerificationId, id, 'params.verificationId');
    context.subject('audit', null, `verification ${verificationId}`);
    return found(this.verifications.get(verificationId));
  }
}

import { Controller, Get, Headers, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AccessReport, AccessReportQuery, PatientId } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditLog } from '../ports/audit-log.js';
import { Directory } from '../ports/directory.js';
import { accessReport, accessReportPage } from './access-report.js';

/** What a patient is told who asks who has seen the record. Source: 45 CFR 164.528 for what such an account holds. */
@ApiTags('audit')
@Controller('api/v1/patients/:patientId/access-report')
export class AccessReportController {
  constructor(
    private readonly log: AuditLog,
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('audit.export', 'audit.report')
  @Endpoint({
    summary: 'Report to a patient who saw or changed the record, when, from where and why',
    description:
      'Oldest first, in plain words, at most 2,000 lines; `cut` says that there are more. Also for patients who were discharged or erased. With `Accept: text/html` a page to print.',
    params: { patientId: PatientId },
    query: AccessReportQuery,
    headers: { Accept: { required: false, meaning: '`text/html` for a page to print.' } },
    answer: 'AccessReport',
    media: ['text/html'],
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async show(
    @Context() context: RequestContext,
    @Param('patientId') id: unknown,
    @Query() query: unknown,
    @Headers('accept') accept: string | undefined,
  ): Promise<AccessReport | StreamableFile> {
    const patientId = parse(PatientId, id, 'params.patientId');
    const madeAtMs = Math.round(this.clock.wallMs());
    const { from: fromMs = 0, to: toMs = madeAtMs + 1 } = parse(AccessReportQuery, query, 'query');
    if (fromMs >= toMs) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    context.subject(`patient:${patientId}`, patientId, `from=${fromMs} to=${toMs}`);
    const names = new Map((await this.directory.staff()).map((person) => [person.staffId as string, person.name]));
    const report = await accessReport(this.log, { patientId, fromMs, toMs, madeAtMs }, names);
    if (accept?.includes('text/html') !== true) return report;
    return new StreamableFile(Buffer.from(accessReportPage(report)), { type: 'text/html; charset=utf-8' });
  }
}

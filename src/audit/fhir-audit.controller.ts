import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuditEvent, type AuditEventBundle, AuditEventQuery } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AuditLog } from '../ports/audit-log.js';
import { ServerConfig } from '../server-config.js';

const PATH = '/api/v1/fhir/AuditEvent';
const FHIR = 'application/fhir+json; charset=utf-8';
const Seq = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** The audit trail for FHIR clients (IHE ITI-81, Retrieve ATNA Audit Event): by patient and date, oldest first. */
@ApiTags('audit')
@Controller('api/v1/fhir/AuditEvent')
export class FhirAuditController {
  constructor(
    private readonly log: AuditLog,
    private readonly config: ServerConfig,
  ) {}

  @Get()
  @Requires('audit.read')
  @Endpoint({
    summary: 'Search the audit trail as FHIR R4 AuditEvents',
    description:
      'A searchset, oldest first. `date` is `ge` or `lt` and an instant, twice for a range. Other search parameters of FHIR are not supported.',
    query: AuditEventQuery,
    answer: 'AuditEventBundle',
    answerMedia: 'application/fhir+json',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async search(@Context() context: RequestContext, @Query() query: unknown): Promise<StreamableFile> {
    const { patient, date, _count: limit, _after: afterSeq } = parse(AuditEventQuery, query, 'query');
    const dates = date === undefined ? [] : Array.isArray(date) ? date : [date];
    const range = { fromMs: instant(dates, 'ge'), toMs: instant(dates, 'lt') };
    const toSeq = Number.MAX_SAFE_INTEGER;
    const entries = await this.log.read({ afterSeq, toSeq, patientId: patient, ...range, limit: limit + 1 });
    const shown = entries.slice(0, limit);
    context.subject('audit', patient ?? null, `${shown.length} AuditEvents${dates.length === 0 ? '' : ` ${dates.join(' ')}`}`);
    const base = `${this.config.publicUrl}${PATH}`;
    const page = (after: number): string => {
      const asked = new URLSearchParams(patient === undefined ? {} : { patient });
      for (const one of dates) asked.append('date', one);
      asked.set('_count', String(limit));
      asked.set('_after', String(after));
      return `${base}?${asked.toString()}`;
    };
    const next = entries.length > limit ? [{ relation: 'next' as const, url: page(shown.at(-1)!.seq) }] : [];
    const bundle: AuditEventBundle = {
      resourceType: 'Bundle',
      type: 'searchset',
      link: [{ relation: 'self', url: page(afterSeq) }, ...next],
      entry: shown.map(({ seq, content }) => {
        return { fullUrl: `${base}/${seq}`, resource: JSON.parse(content) as AuditEvent, search: { mode: 'match' } };
      }),
    };
    return new StreamableFile(Buffer.from(JSON.stringify(bundle)), { type: FHIR });
  }

  @Get(':id')
  @Requires('audit.read')
  @Endpoint({
    summary: 'Show one entry of the audit trail as a FHIR R4 AuditEvent',
    params: { id: Seq },
    answer: 'AuditEvent',
    answerMedia: 'application/fhir+json',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('id') id: unknown): Promise<StreamableFile> {
    const seq = parse(Seq, id, 'params.id');
    context.subject(`audit:${seq}`);
    const [entry] = await this.log.read({ afterSeq: seq - 1, toSeq: seq, limit: 1 });
    if (entry === undefined) throw new PlatformError('not-found');
    return new StreamableFile(Buffer.from(entry.content), { type: FHIR });
  }
}

function instant(dates: readonly string[], prefix: 'ge' | 'lt'): number | undefined {
  const found = dates.find((date) => date.startsWith(prefix));
  return found === undefined ? undefined : Date.parse(found.slice(2));
}

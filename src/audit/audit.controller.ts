import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditExportQuery, type AuditProof, AuditQuery, type AuditRow, type Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { HeavyWork, TAKEN_AS } from '../http/heavy-work.js';
import { parse } from '../http/invalid-request.js';
import { AuditLog } from '../ports/audit-log.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { csvLines } from './audit-csv.js';
import { exportLines } from './export.js';
import { proveEntry } from './log-nodes.js';

const Seq = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** Looking into the audit trail is in it too. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly log: AuditLog,
    private readonly heavy: HeavyWork,
  ) {}

  @Get()
  @Requires('audit.read')
  @Endpoint({
    summary: 'Search what was read and done, newest first',
    description:
      'Each filter narrows the answer. `patient` finds whoever was shown that patient, in lists and on live screens too. `from` and `to` are wall time, half-open.',
    query: AuditQuery,
    answer: 'AuditRowList',
    problems: PROBLEMS,
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<AuditRow>> {
    const { patient, from, to, ...rest } = parse(AuditQuery, query, 'query');
    const page = await this.trail.list({ ...rest, patientId: patient, fromMs: from, toMs: to });
    const asked = Object.entries({ actor: rest.actor, action: rest.action, object: rest.object, outcome: rest.outcome, from, to })
      .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`))
      .join(' ');
    // Whoever asks about one patient has asked about that patient; who else is in the rows is in the trail already.
    context.subject('audit', patient ?? null, `${page.items.length} rows${asked === '' ? '' : ` of ${asked}`}`);
    return page;
  }

  @Get('export')
  @Requires('audit.export')
  @Endpoint({
    summary: 'Take out the audit trail as lines of JSON that can be checked without Vigil',
    description: `FHIR AuditEvents with their links and checkpoints, oldest first; \`vigil verify-audit --export <file>\` checks them. With \`patient\`, that patient’s entries with a proof each. The last line says how many entries there are: without it the file was cut off. ${TAKEN_AS} \`format=csv\` is for a spreadsheet, and nothing proves it.`,
    query: AuditExportQuery,
    answer: 'other',
    media: ['application/x-ndjson', 'text/csv'],
    problems: [...PROBLEMS, 'too-many-attempts'],
  })
  async export(@Context() context: RequestContext, @Query() query: unknown): Promise<StreamableFile> {
    const { patient, from, to, format } = parse(AuditExportQuery, query, 'query');
    context.subject('audit', patient ?? null, `from=${from ?? ''} to=${to ?? ''}${format === 'csv' ? ' csv' : ''}`);
    const request = { patientId: patient, fromMs: from, toMs: to };
    const stream = await this.heavy.stream('audit-export', context, async () => {
      const lines = format === 'csv' ? csvLines(this.log, request) : exportLines(this.log, request);
      // The first line is made before the answer begins, so that an outage is still told as one.
      const first = await lines.next();
      const all = async function* (): AsyncGenerator<string> {
        if (first.done !== true) yield first.value;
        yield* lines;
      };
      return all();
    });
    return new StreamableFile(stream, {
      type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      disposition: `attachment; filename="vigil-audit.${format}"`,
    });
  }

  @Get(':seq/proof')
  @Requires('audit.read')
  @Endpoint({
    summary: 'Show that one entry is in the signed log',
    description: 'The entry’s bytes, a checkpoint over it and the path between them. Entries of the last minute have none yet.',
    params: { seq: Seq },
    answer: 'AuditProof',
    problems: [...PROBLEMS, 'not-found'],
  })
  async proof(@Context() context: RequestContext, @Param('seq') text: unknown): Promise<AuditProof> {
    const seq = parse(Seq, text, 'params.seq');
    context.subject(`audit:${seq}`, null, 'proof');
    const [entry] = await this.log.read({ afterSeq: seq - 1, toSeq: seq, limit: 1 });
    const checkpoint = await this.log.checkpointOver(seq);
    if (entry === undefined || checkpoint === null) throw new PlatformError('not-found');
    const { size, note } = checkpoint;
    return { seq, entry: entry.content, checkpoint: note, size, path: await proveEntry(this.log, seq, size) };
  }
}

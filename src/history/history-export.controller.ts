import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BedId,
  DeidentifiedReason,
  EncounterId,
  EXPORT_LINES_MAX,
  EXPORT_METRICS_MAX,
  HistoryExportQuery,
  type HistoryExportReason,
  MetricName,
  PARQUET_ROWS_MAX,
  type PatientId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { HistoryAccess } from '../access/history-access.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import type { Span } from '../access/visible-time.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { HeavyWork, TAKEN_AS } from '../http/heavy-work.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { ObservationStore } from '../ports/observation-store.js';
import { type About, ageYearsOf, csvExport, type ExportedStay } from './export-csv.js';
import { parquetExport } from './export-parquet.js';
import { exportRows, type PlacedPart } from './export-rows.js';
import { gapsOf, partsOfStay, placedParts } from './placed-parts.js';

const PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'store-unavailable',
  'keys-unavailable',
  'too-many-attempts',
] as const;
/** What is about the device needs no patient (minimum necessary, 45 CFR 164.502(b)). */
const NEEDS_NOBODY: ReadonlySet<HistoryExportReason> = new Set(['equipment-check']);
const NEEDS_TO_BE_NOBODY: ReadonlySet<string> = new Set(DeidentifiedReason.options);
const Metrics = z.array(MetricName).min(1).max(EXPORT_METRICS_MAX);
const MEDIA = { csv: 'text/csv; charset=utf-8', parquet: 'application/vnd.apache.parquet' } as const;
const FORM = `As the history itself: half-open, event time, until now at most, patients whom you treat. \`metric\` names up to ${EXPORT_METRICS_MAX} with commas between; \`GET /api/v1/history/dictionary\` says what is in the file. CSV: UTF-8, times by ISO 8601 in UTC, units of UCUM as they are stored; lines that begin with # say whose it is (record number and birth date, no name; neither for \`equipment-check\`), who took it out, when and why; at most ${EXPORT_LINES_MAX} lines: a longer one breaks off, and a file without its line \`# end\` is no file. Parquet: the same columns, at most ${PARQUET_ROWS_MAX} rows. Missing messages stand before what was measured, and each row names its stay. With \`deidentified=true\` nobody is named, and there is no bed, device, stay, nor a time of a calendar (Safe Harbor); \`research\`, \`teaching\` and \`quality-improvement\` ask for that. ${TAKEN_AS}`;

interface Asked {
  readonly query: z.infer<typeof HistoryExportQuery>;
  readonly metrics: readonly MetricName[];
  readonly range: Span;
  /** For the audit trail. */
  readonly detail: string;
}

@ApiTags('history')
@Controller('api/v1')
export class HistoryExportController {
  constructor(
    private readonly access: HistoryAccess,
    private readonly stays: StayAccess,
    private readonly relations: CareRelations,
    private readonly observations: ObservationStore,
    private readonly directory: Directory,
    private readonly heavy: HeavyWork,
    private readonly clock: AppClock,
  ) {}

  @Get('beds/:bedId/history/export')
  @Requires('history.read')
  @Endpoint({
    summary: 'Take out what was measured at one bed, as CSV or Parquet, for a reason that the audit trail keeps',
    description: FORM,
    params: { bedId: BedId },
    query: HistoryExportQuery,
    answer: 'other',
    media: ['text/csv', 'application/vnd.apache.parquet'],
    problems: PROBLEMS,
  })
  export(@Context() context: RequestContext, @Param('bedId') id: unknown, @Query() query: unknown): Promise<StreamableFile> {
    const asked = this.asked(query);
    // Whoever is told to wait has asked for this bed.
    const bedId = parse(BedId, id, 'params.bedId');
    context.subject(`bed:${bedId}`);
    return this.file(context, asked, async () => {
      const visible = await this.access.visible(context, id, asked.range, asked.detail);
      const patients = new Map(visible.stays.map(({ encounterId, patientId }) => [encounterId, patientId]));
      return this.about(context, asked, { of: { kind: 'bed', id: bedId }, parts: placedParts(visible), patients });
    });
  }

  @Get('encounters/:encounterId/history/export')
  @Requires('history.read')
  @Endpoint({
    summary: 'Take out what was measured of one stay in all its beds, as CSV or Parquet, for a reason that the audit trail keeps',
    description: FORM,
    params: { encounterId: EncounterId },
    query: HistoryExportQuery,
    answer: 'other',
    media: ['text/csv', 'application/vnd.apache.parquet'],
    problems: PROBLEMS,
  })
  exportStay(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Query() query: unknown,
  ): Promise<StreamableFile> {
    const asked = this.asked(query);
    context.subject(`encounter:${parse(EncounterId, id, 'params.encounterId')}`);
    return this.file(context, asked, async () => {
      const stay = await this.stays.find(context, id, 'history.read');
      const { encounterId, patientId } = stay;
      const { fromMs, toMs } = asked.range;
      context.subject(`encounter:${encounterId}`, patientId, `${asked.detail} ${fromMs}..${toMs}`);
      const parts = partsOfStay(await this.relations.placesOf(encounterId), stay, asked.range);
      const patients = new Map([[encounterId, patientId]]);
      return this.about(context, asked, { of: { kind: 'encounter', id: encounterId }, parts, patients });
    });
  }

  private asked(given: unknown): Asked {
    const query = parse(HistoryExportQuery, given, 'query');
    const metrics = parse(Metrics, [...new Set(query.metric.split(','))], 'query.metric');
    const isDeidentified = query.deidentified === 'true';
    if (query.from >= query.to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    if (NEEDS_TO_BE_NOBODY.has(query.reason) && !isDeidentified)
      throw new InvalidRequest([{ path: 'query.deidentified', message: `true, for ${query.reason}` }]);
    // It is read as fast as it is taken: what is measured meanwhile may be of somebody else, whom nobody was asked about.
    const range = { fromMs: query.from, toMs: Math.min(query.to, Math.floor(this.clock.nowMs()) + 1) };
    const how = `${isDeidentified ? 'de-identified ' : ''}export for ${query.reason}`;
    return { query, metrics, range, detail: `${how}: ${metrics.join(' ')}` };
  }

  private async file(context: RequestContext, { query }: Asked, open: () => Promise<Opened>): Promise<StreamableFile> {
    const stream = await this.heavy.stream('history-export', context, async () => {
      const { about, rows } = await open();
      const made = query.format === 'csv' ? csvExport(about, rows) : parquetExport(about, rows);
      return begun(made);
    });
    const disposition = `attachment; filename="vigil-history.${query.format}"`;
    return new StreamableFile(stream, { type: MEDIA[query.format], disposition });
  }

  private async about(
    context: RequestContext,
    { query, metrics, range }: Asked,
    found: Pick<About, 'of' | 'parts'> & { readonly patients: ReadonlyMap<EncounterId, PatientId> },
  ): Promise<Opened> {
    const { of, parts, patients } = found;
    const isDeidentified = query.deidentified === 'true';
    const stays: ExportedStay[] = [];
    for (const [encounterId, patientId] of patients) {
      const first = parts.find((part) => part.stay?.encounterId === encounterId);
      if (first !== undefined) stays.push(await this.exported({ encounterId, patientId }, first, query));
    }
    const { user, name } = context.caller;
    const by = user === null ? name : `${user.name} (${user.username})`;
    const { reason, every: everyMs, format } = query;
    const about = { of, range, parts, everyMs, stays, reason, by, madeAtMs: this.clock.wallMs(), isDeidentified };
    const gaps = await gapsOf(this.observations, parts);
    const wanted = { metrics, parts, everyMs, gaps, isDeidentified, stays: stays.map((each) => each.encounterId) };
    const rowsMax = format === 'csv' ? EXPORT_LINES_MAX : PARQUET_ROWS_MAX;
    return { about, rows: exportRows(this.observations, { ...wanted, rowsMax }) };
  }

  private async exported(
    { encounterId, patientId }: { readonly encounterId: EncounterId; readonly patientId: PatientId },
    first: PlacedPart,
    { reason, deidentified }: Asked['query'],
  ): Promise<ExportedStay> {
    if (NEEDS_NOBODY.has(reason)) return { encounterId, patient: null, ageYears: null };
    const patient = await this.whose(patientId);
    if (deidentified === 'false') return { encounterId, patient, ageYears: null };
    const isKnown = patient !== null && patient !== 'unreadable';
    return { encounterId, patient: null, ageYears: isKnown ? ageYearsOf(patient.birthDate, first.fromMs) : null };
  }

  /** A record that somebody has changed past Vigil keeps nobody from what was measured, but names nobody. */
  private async whose(patientId: PatientId): Promise<ExportedStay['patient']> {
    try {
      return await this.directory.patient(patientId);
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'record-tampered') return 'unreadable';
      throw error;
    }
  }
}

interface Opened {
  readonly about: About;
  readonly rows: ReturnType<typeof exportRows>;
}

/** Its first two pieces are made before the answer begins, so that an outage is still told as one. */
async function begun(made: AsyncGenerator<string | Uint8Array>): Promise<AsyncIterable<string | Uint8Array>> {
  const first = [await made.next(), await made.next()];
  return (async function* () {
    for (const { done, value } of first) if (done !== true) yield value;
    yield* made;
  })();
}

import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BedId,
  EXPORT_LINES_MAX,
  EXPORT_METRICS_MAX,
  type EpochMs,
  type ExportReason,
  type History,
  type HistoryGap,
  HistoryExportQuery,
  HistoryQuery,
  MetricName,
  metricRow,
  type PatientId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { HeavyWork, TAKEN_AS } from '../http/heavy-work.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { ObservationStore } from '../ports/observation-store.js';
import { StandbyStore } from '../ports/standby.js';
import { type ExportedStay, exportLines, type Wanted } from './export-lines.js';
import { afterPoint, partsOf } from './parts-of.js';
import { HistoryAccess, type Visible } from '../access/history-access.js';
import { visibleGaps } from '../access/visible-gaps.js';
import type { Span } from '../access/visible-time.js';

/** Most points of one answer: a day of samples at 10 s, or a week of minutes. */
const POINTS_MAX = 10_000;
/** Most times of standby of one answer. */
const STANDBY_MAX = 200;
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
/** What is about the device needs no patient (minimum necessary, 45 CFR 164.502(b)). */
const NEEDS_NOBODY: ReadonlySet<ExportReason> = new Set(['equipment-check']);
const Metrics = z.array(MetricName).min(1).max(EXPORT_METRICS_MAX);

@ApiTags('history')
@Controller('api/v1/beds/:bedId/history')
export class HistoryController {
  constructor(
    private readonly access: HistoryAccess,
    private readonly observations: ObservationStore,
    private readonly standby: StandbyStore,
    private readonly directory: Directory,
    private readonly heavy: HeavyWork,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('history.read')
  @Endpoint({
    summary: 'Show one metric of one bed over time',
    description: `Half-open, [from, to), in event time, for the stays of patients whom you treat: what others left behind in the bed is not shown, and \`shown\` says which times are. At most ${POINTS_MAX} points: \`next\`, when it is not null, is the \`from\` of the request for the rest. \`gaps\` says which messages are missing, \`standby\` when the patient was away. With \`every\`, a point is the mean of so many ms with the least and the most in it.`,
    params: { bedId: BedId },
    query: HistoryQuery,
    answer: 'History',
    problems: PROBLEMS,
  })
  async show(@Context() context: RequestContext, @Param('bedId') id: unknown, @Query() query: unknown): Promise<History> {
    const { metric, from, to, every } = parse(HistoryQuery, query, 'query');
    const visible = await this.access.visible(context, id, { fromMs: from, toMs: to }, metric);
    const { bedId, spans } = visible;
    const items: History['items'] = [];
    const parts = partsOf(spans, visible.stays);
    for (const { fromMs, toMs } of parts) {
      const limit = POINTS_MAX - items.length;
      if (limit > 0) items.push(...(await this.observations.read({ bedId, metric, fromMs, toMs, everyMs: every, limit })));
    }
    const last = items.at(-1);
    const isFull = items.length >= POINTS_MAX && last !== undefined;
    return {
      bedId,
      metric,
      unit: metricRow(metric).unit,
      items,
      gaps: await this.gapsIn(bedId, spans),
      shown: spans.map(({ fromMs, toMs }) => ({ fromMs, toMs })) as NonNullable<History['shown']>,
      standby: await this.awayIn(visible, { fromMs: from, toMs: to }),
      next: isFull ? String(afterPoint(last.atMs, every, parts)) : null,
    };
  }

  @Get('export')
  @Requires('history.read')
  @Endpoint({
    summary: 'Take out what was measured at one bed, as lines of CSV, for a reason that the audit trail keeps',
    description: `As the history itself: half-open, event time, until now at most, patients whom you treat. \`metric\` names up to ${EXPORT_METRICS_MAX} with commas between. UTF-8, times by ISO 8601 in UTC, units of UCUM as they are stored. Lines that begin with # say whose it is (record number and birth date, no name; neither for \`equipment-check\`), who took it out, when and why; missing messages stand before what was measured, and each row names its stay. At most ${EXPORT_LINES_MAX} lines: a longer one breaks off, and a file without its line \`# end\` is no file. ${TAKEN_AS}`,
    params: { bedId: BedId },
    query: HistoryExportQuery,
    answer: 'other',
    media: ['text/csv'],
    problems: [...PROBLEMS, 'keys-unavailable', 'too-many-attempts'],
  })
  async export(
    @Context() context: RequestContext,
    @Param('bedId') id: unknown,
    @Query() query: unknown,
  ): Promise<StreamableFile> {
    const { metric, from, to, every, reason } = parse(HistoryExportQuery, query, 'query');
    const metrics = parse(Metrics, [...new Set(metric.split(','))], 'query.metric');
    // It is read as fast as it is taken: what is measured meanwhile may be of somebody else, whom nobody was asked about.
    const range = { fromMs: from, toMs: Math.min(to, Math.floor(this.clock.nowMs()) + 1) };
    // Whoever is told to wait has asked for this bed.
    context.subject(`bed:${parse(BedId, id, 'params.bedId')}`);
    const stream = await this.heavy.stream('history-export', context, async () => {
      const visible = await this.access.visible(context, id, range, `export for ${reason}: ${metrics.join(' ')}`);
      const lines = await this.linesOf(context, visible, { metrics, range, everyMs: every, reason });
      // Made before the answer begins, so that an outage is still told as one.
      const first = [(await lines.next()).value, (await lines.next()).value].join('');
      const all = async function* (): AsyncGenerator<string> {
        yield first;
        yield* lines;
      };
      return all();
    });
    return new StreamableFile(stream, {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="vigil-history.csv"',
    });
  }

  private async linesOf(
    context: RequestContext,
    { bedId, spans, stays: all }: Visible,
    asked: Pick<Wanted, 'metrics' | 'range' | 'everyMs' | 'reason'>,
  ): Promise<AsyncGenerator<string>> {
    const parts = partsOf(spans, all);
    const gaps = await this.gapsIn(bedId, parts);
    const stays: ExportedStay[] = [];
    // Who left the bed and came back is there twice.
    const patients = new Map(all.map(({ encounterId, patientId }) => [encounterId, patientId]));
    for (const [encounterId, patientId] of patients) {
      if (parts.some((part) => part.stay?.encounterId === encounterId))
        stays.push({ encounterId, patient: NEEDS_NOBODY.has(asked.reason) ? null : await this.whose(patientId) });
    }
    const { user, name } = context.caller;
    const by = user === null ? name : `${user.name} (${user.username})`;
    return exportLines(this.observations, { ...asked, bedId, parts, gaps, stays, by, madeAtMs: this.clock.wallMs() });
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

  private async gapsIn(bedId: BedId, spans: readonly Span[]): Promise<HistoryGap[]> {
    const found = await visibleGaps(this.observations, bedId, spans);
    return found.map(({ fromMs, toMs, count, reason, deviceId }) => {
      return { fromMs: fromMs as EpochMs, toMs: toMs as EpochMs, count, reason, deviceId };
    });
  }

  /** Of patients whom the caller treats, cut to the range. */
  private async awayIn({ bedId, stays }: Visible, { fromMs, toMs }: { fromMs: number; toMs: number }) {
    const encounterIds = stays.map((stay) => stay.encounterId);
    const found = await this.standby.during({ encounterIds, bedId, fromMs, toMs, limit: STANDBY_MAX });
    return found.map((each) => ({
      fromMs: Math.max(each.fromMs, fromMs) as typeof each.fromMs,
      toMs: Math.min(each.endedMs ?? each.toMs, toMs) as typeof each.toMs,
      place: each.place,
    }));
  }
}

import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BedId,
  EXPORT_LINES_MAX,
  EXPORT_METRICS_MAX,
  type History,
  HistoryExportQuery,
  HistoryQuery,
  MetricName,
  metricRow,
} from '@vigil/contracts';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { ObservationStore } from '../ports/observation-store.js';
import { StandbyStore } from '../ports/standby.js';
import { exportLines } from './export-lines.js';
import { gapsIn } from './gaps-in.js';
import { HistoryAccess, type Visible } from '../access/history-access.js';

/** Most points of one answer: a day of samples at 10 s, or a week of minutes. */
const POINTS_MAX = 10_000;
/** Most times of standby of one answer. */
const STANDBY_MAX = 200;
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
const Metrics = z.array(MetricName).min(1).max(EXPORT_METRICS_MAX);

@ApiTags('history')
@Controller('api/v1/beds/:bedId/history')
export class HistoryController {
  constructor(
    private readonly access: HistoryAccess,
    private readonly observations: ObservationStore,
    private readonly standby: StandbyStore,
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
    for (const span of spans) {
      const limit = POINTS_MAX - items.length;
      if (limit > 0) items.push(...(await this.observations.read({ bedId, metric, ...span, everyMs: every, limit })));
    }
    const last = items.at(-1);
    const isFull = items.length >= POINTS_MAX && last !== undefined;
    return {
      bedId,
      metric,
      unit: metricRow(metric).unit,
      items,
      gaps: [...(await gapsIn(this.observations, bedId, spans))],
      shown: spans.map(({ fromMs, toMs }) => ({ fromMs, toMs })) as NonNullable<History['shown']>,
      standby: await this.awayIn(visible, { fromMs: from, toMs: to }),
      next: isFull ? String(last.atMs + Math.max(1, every)) : null,
    };
  }

  @Get('export')
  @Requires('history.read')
  @Endpoint({
    summary: 'Take out what was measured at one bed, as lines of CSV, for a reason that the audit trail keeps',
    description: `As the history itself: half-open, event time, until now at most, patients whom you treat. \`metric\` names up to ${EXPORT_METRICS_MAX} with commas between. UTF-8, times by ISO 8601 in UTC; missing messages stand before what was measured. At most ${EXPORT_LINES_MAX} lines: a longer one breaks off, and is no file.`,
    params: { bedId: BedId },
    query: HistoryExportQuery,
    answer: 'other',
    media: ['text/csv'],
    problems: PROBLEMS,
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
    const { bedId, spans } = await this.access.visible(context, id, range, `export for ${reason}: ${metrics.join(' ')}`);
    const gaps = await gapsIn(this.observations, bedId, spans);
    const lines = exportLines(this.observations, { bedId, metrics, spans, everyMs: every, gaps });
    // Made before the answer begins, so that an outage is still told as one.
    const first = [(await lines.next()).value, (await lines.next()).value].join('');
    const all = async function* (): AsyncGenerator<string> {
      yield first;
      yield* lines;
    };
    return new StreamableFile(Readable.from(all()), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="vigil-history.csv"',
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

import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BedId,
  EncounterId,
  type History,
  type HistoryDictionary,
  HistoryQuery,
  metricRow,
  type StayHistory,
} from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { HistoryAccess } from '../access/history-access.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import type { Span } from '../access/visible-time.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { CareRelations } from '../ports/care-relations.js';
import { ObservationStore } from '../ports/observation-store.js';
import { StandbyStore } from '../ports/standby.js';
import { dictionary } from './export-columns.js';
import { gapsOf, partsOfStay, placedParts, POINTS_MAX, readPoints, suggestedEveryMs } from './placed-parts.js';

/** Most times of standby of one answer. */
const STANDBY_MAX = 200;
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
const POINTS = `At most ${POINTS_MAX} points: \`next\`, when it is not null, is the \`from\` of the request for the rest. \`gaps\` says which messages are missing, \`standby\` when the patient was away. With \`every\`, a point is the mean of so many ms with the least and the most in it; \`suggestedEveryMs\` makes the range some hundred points. \`questionable\` of \`count\` values were not called valid by their sender. What is older than single samples are kept comes as means of minutes, then of hours (docs/history.md).`;

@ApiTags('history')
@Controller('api/v1')
export class HistoryController {
  constructor(
    private readonly access: HistoryAccess,
    private readonly stays: StayAccess,
    private readonly relations: CareRelations,
    private readonly observations: ObservationStore,
    private readonly standby: StandbyStore,
  ) {}

  @Get('beds/:bedId/history')
  @Requires('history.read')
  @Endpoint({
    summary: 'Show one metric of one bed over time',
    description: `Half-open, [from, to), in event time, for the stays of patients whom you treat: what others left behind in the bed is not shown, and \`shown\` says which times are. ${POINTS}`,
    params: { bedId: BedId },
    query: HistoryQuery,
    answer: 'History',
    problems: PROBLEMS,
  })
  async show(@Context() context: RequestContext, @Param('bedId') id: unknown, @Query() query: unknown): Promise<History> {
    const { metric, from, to, every } = parse(HistoryQuery, query, 'query');
    const range = { fromMs: from, toMs: to };
    const visible = await this.access.visible(context, id, range, metric);
    const { bedId, spans } = visible;
    const parts = placedParts(visible);
    const points = await readPoints(this.observations, parts, { metric, everyMs: every });
    return {
      ...{ bedId, metric, unit: metricRow(metric).unit, ...points },
      gaps: await gapsOf(this.observations, parts),
      shown: spans.map(({ fromMs, toMs }) => ({ fromMs, toMs })) as NonNullable<History['shown']>,
      standby: await this.awayIn(
        visible.stays.map((stay) => stay.encounterId),
        bedId,
        range,
      ),
      suggestedEveryMs: suggestedEveryMs(range),
    };
  }

  @Get('encounters/:encounterId/history')
  @Requires('history.read')
  @Endpoint({
    summary: 'Show one metric of one stay over time, in all the beds where it lay',
    description: `Half-open, [from, to), in event time; \`places\` says where the stay lay in it. ${POINTS}`,
    params: { encounterId: EncounterId },
    query: HistoryQuery,
    answer: 'StayHistory',
    problems: PROBLEMS,
  })
  async ofStay(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Query() query: unknown,
  ): Promise<StayHistory> {
    const { metric, from, to, every } = parse(HistoryQuery, query, 'query');
    if (from >= to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    const range = { fromMs: from, toMs: to };
    const stay = await this.stays.find(context, id, 'history.read');
    const { encounterId, patientId } = stay;
    context.subject(`encounter:${encounterId}`, patientId, `${metric} ${from}..${to}`);
    const parts = partsOfStay(await this.relations.placesOf(encounterId), stay, range);
    const points = await readPoints(this.observations, parts, { metric, everyMs: every });
    const standby = [];
    for (const { bedId, fromMs, toMs } of parts) standby.push(...(await this.awayIn([encounterId], bedId, { fromMs, toMs })));
    return {
      ...{ encounterId, metric, unit: metricRow(metric).unit, ...points },
      gaps: await gapsOf(this.observations, parts),
      places: parts.map(({ bedId, fromMs, toMs }) => ({ bedId, fromMs, toMs })) as StayHistory['places'],
      standby: standby.slice(0, STANDBY_MAX),
      suggestedEveryMs: suggestedEveryMs(range),
    };
  }

  @Get('history/dictionary')
  @Requires('signed-in')
  @Endpoint({
    summary: 'Say what the columns, metrics and words of exported files mean',
    description: 'The same is in each Parquet file as `vigil.dictionary`. Units are UCUM, codes LOINC and IEEE 11073-10101.',
    answer: 'HistoryDictionary',
    problems: ['unauthenticated'],
  })
  dictionary(): HistoryDictionary {
    return dictionary();
  }

  /** Of these stays, cut to the range. */
  private async awayIn(encounterIds: readonly EncounterId[], bedId: BedId, { fromMs, toMs }: Span) {
    const found = await this.standby.during({ encounterIds, bedId, fromMs, toMs, limit: STANDBY_MAX });
    return found.map((each) => ({
      fromMs: Math.max(each.fromMs, fromMs) as typeof each.fromMs,
      toMs: Math.min(each.endedMs ?? each.toMs, toMs) as typeof each.toMs,
      place: each.place,
    }));
  }
}

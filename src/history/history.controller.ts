import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BedId, type CareUnitId, type History, type HistoryGap, HistoryQuery, metricRow, type PatientId } from '@vigil/contracts';
import { may, PlatformError } from '@vigil/domain';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { OutOfScope, RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { CareRelations, type StayInBed } from '../ports/care-relations.js';
import { ObservationStore } from '../ports/observation-store.js';
import { type Span, visibleTime } from './visible-time.js';

/** Most points of one answer: a day of samples at 10 s, or a week of minutes. */
const POINTS_MAX = 10_000;
/** Most gaps of one answer. */
const GAPS_MAX = 500;
/** Each stay in the range costs a decision. */
const STAYS_MAX = 200;

@ApiTags('history')
@Controller('api/v1/beds/:bedId/history')
export class HistoryController {
  constructor(
    private readonly relations: CareRelations,
    private readonly observations: ObservationStore,
    private readonly access: Access,
  ) {}

  @Get()
  @Requires('history.read')
  @Endpoint({
    summary: 'Show one metric of one bed over time',
    description: `Half-open, [from, to), in event time, for the stays of patients whom you treat: what others left behind in the bed is not shown. At most ${POINTS_MAX} points: \`next\`, when it is not null, is the \`from\` of the request for the rest. \`gaps\` says which messages are missing.`,
    params: { bedId: BedId },
    query: HistoryQuery,
    answer: 'History',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('bedId') id: unknown, @Query() query: unknown): Promise<History> {
    const bedId = parse(BedId, id, 'params.bedId');
    const { metric, from, to, every } = parse(HistoryQuery, query, 'query');
    if (from >= to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    context.subject(`bed:${bedId}`);
    const careUnitId = await this.relations.careUnitOf(bedId);
    if (careUnitId === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    const stays = await this.relations.staysIn(bedId, from, to);
    if (stays.length > STAYS_MAX)
      throw new InvalidRequest([{ path: 'query.to', message: `at most ${STAYS_MAX} stays after from` }]);
    const spans = await this.visible(context, { bedId, careUnitId, stays, range: { fromMs: from, toMs: to } }, metric);
    const items: History['items'] = [];
    for (const span of spans) {
      const limit = POINTS_MAX - items.length;
      if (limit > 0) items.push(...(await this.observations.read({ bedId, metric, ...span, everyMs: every, limit })));
    }
    const last = items.at(-1);
    const isFull = items.length >= POINTS_MAX && last !== undefined;
    const gaps = await this.gapsIn(bedId, spans);
    return {
      bedId,
      metric,
      unit: metricRow(metric).unit,
      items,
      gaps,
      next: isFull ? String(last.atMs + Math.max(1, every)) : null,
    };
  }

  /** Cut to the time that the caller may see: when another patient's readings were lost is not told. */
  private async gapsIn(bedId: BedId, spans: readonly Span[]): Promise<HistoryGap[]> {
    const gaps: HistoryGap[] = [];
    for (const span of spans.toReversed()) {
      const limit = GAPS_MAX - gaps.length;
      if (limit === 0) break;
      const found = await this.observations.gaps({ bedId, ...span, limit });
      const cut = found.map(({ fromMs, toMs, count, reason, deviceId }) => ({
        fromMs: Math.max(fromMs, span.fromMs) as HistoryGap['fromMs'],
        toMs: Math.min(toMs, span.toMs - 1) as HistoryGap['toMs'],
        count,
        reason,
        deviceId,
      }));
      gaps.unshift(...cut);
    }
    return gaps;
  }

  /** @throws OutOfScope when there is nothing in the range that the caller may look at */
  private async visible(
    context: RequestContext,
    bed: { readonly bedId: BedId; readonly careUnitId: CareUnitId; readonly stays: readonly StayInBed[]; readonly range: Span },
    metric: string,
  ): Promise<readonly Span[]> {
    const { bedId, careUnitId, stays, range } = bed;
    const { caller } = context;
    const treated = new Set<PatientId>();
    const everybody = [...new Set(stays.map((stay) => stay.patientId))];
    let reason = 'the actor does not work in its care unit now';
    for (const patientId of everybody) {
      const decision = await this.access.decide(caller, 'history.read', { careUnitIds: [careUnitId], patientId });
      if (decision.allowed) treated.add(patientId);
      else reason = decision.reason;
      if (decision.allowed && decision.grantId !== null) context.actUnder(decision.grantId);
    }
    const inUnit = may(caller, 'bed.read', { careUnitIds: [careUnitId] }).allowed;
    const isShown = everybody.length === 0 ? inUnit : treated.size > 0;
    // Who lies there now is the subject of a refusal too: somebody wanted to see them.
    context.subject(`bed:${bedId}`, isShown ? [...treated] : everybody, `${metric} ${range.fromMs}..${range.toMs}`);
    if (!isShown) throw new OutOfScope(reason);
    return visibleTime(range, stays, treated, inUnit);
  }
}

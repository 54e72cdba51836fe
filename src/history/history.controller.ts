import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BedId, type History, HistoryQuery, metricRow } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Directory } from '../ports/directory.js';
import { ObservationStore } from '../ports/observation-store.js';

/** Most points of one answer: a day of samples at 10 s, or a week of minutes. */
const POINTS_MAX = 10_000;

@ApiTags('history')
@Controller('api/v1/beds/:bedId/history')
export class HistoryController {
  constructor(
    private readonly directory: Directory,
    private readonly observations: ObservationStore,
  ) {}

  @Get()
  @Requires('history.read')
  @Endpoint({
    summary: 'Show one metric of one bed over time',
    description: `Half-open, [from, to), in event time. At most ${POINTS_MAX} points: \`next\`, when it is not null, is the \`from\` of the request for the rest.`,
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
    const bed = await this.directory.bed(bedId);
    if (bed === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    // Whoever lay here before is part of the answer when it reaches back beyond the admission.
    const ofOnePatient = bed.encounter !== null && from >= bed.encounter.admittedMs;
    const detail = `${metric} ${from}..${to}${ofOnePatient ? '' : ' beyond this stay'}`;
    context.subject(`bed:${bedId}`, ofOnePatient ? (bed.encounter?.patientId ?? null) : null, detail);
    context.requireScope('history.read', bed.careUnitId);
    const range = { bedId, metric, fromMs: from, toMs: to, everyMs: every, limit: POINTS_MAX };
    const items = await this.observations.read(range);
    const last = items.at(-1);
    const isFull = items.length >= POINTS_MAX && last !== undefined;
    const next = isFull ? String(last.atMs + Math.max(1, every)) : null;
    return { bedId, metric, unit: metricRow(metric).unit, items: [...items], next };
  }
}

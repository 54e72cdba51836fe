import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BedId, HistoryQuery, type MachineHistory, metricRow } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { CareRelations } from '../ports/care-relations.js';
import { ObservationStore } from '../ports/observation-store.js';
import { partsOf } from './parts-of.js';
import { POINTS_MAX, readPoints } from './placed-parts.js';

/** Means only: a program needs no curve of a heart. */
const EVERY_MS_MIN = 60_000;
const DAYS_MAX = 31;
const DAY_MS = 86_400_000;
/** Each stay in the range is on record. */
const STAYS_MAX = 200;

/** History for programs that were given it for some care units (`vigil services add`): Grafana, a board of the hospital. */
@ApiTags('history')
@Controller('api/v1/machine')
export class MachineHistoryController {
  constructor(
    private readonly relations: CareRelations,
    private readonly observations: ObservationStore,
  ) {}

  @Get('beds/:bedId/history')
  @Requires('history.machine-read')
  @Endpoint({
    summary: 'Give a program the means of one metric of one bed: no name and no id of a patient',
    description: `With the token of \`vigil services add\`, for the care units that it was made for. Half-open, [from, to), in event time, at most ${DAYS_MAX} days; \`every\` at least a minute; no mean is of two patients. At most ${POINTS_MAX} points: \`next\`, when it is not null, is the \`from\` of the request for the rest.`,
    params: { bedId: BedId },
    query: HistoryQuery,
    answer: 'MachineHistory',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('bedId') id: unknown, @Query() query: unknown): Promise<MachineHistory> {
    const bedId = parse(BedId, id, 'params.bedId');
    const { metric, from, to, every } = parse(HistoryQuery, query, 'query');
    context.subject(`bed:${bedId}`);
    if (from >= to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    if (to - from > DAYS_MAX * DAY_MS)
      throw new InvalidRequest([{ path: 'query.to', message: `at most ${DAYS_MAX} days after from` }]);
    if (every < EVERY_MS_MIN) throw new InvalidRequest([{ path: 'query.every', message: `at least ${EVERY_MS_MIN}` }]);
    const careUnitId = await this.relations.careUnitOf(bedId);
    if (careUnitId === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    context.requireScope('history.machine-read', careUnitId);
    const stays = await this.relations.staysIn(bedId, from, to);
    if (stays.length > STAYS_MAX)
      throw new InvalidRequest([{ path: 'query.to', message: `at most ${STAYS_MAX} stays after from` }]);
    const patients = stays.map((stay) => stay.patientId);
    context.subject(`bed:${bedId}`, patients, `${metric} ${from}..${to} every ${every}`);
    const parts = partsOf([{ fromMs: from, toMs: to }], stays).map((part) => ({ ...part, bedId }));
    const points = await readPoints(this.observations, parts, { metric, everyMs: every });
    return { bedId, metric, unit: metricRow(metric).unit, ...points };
  }
}

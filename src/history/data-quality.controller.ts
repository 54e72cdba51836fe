import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type DataQuality, DataQualityQuery, DeviceId, EncounterId } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import type { Span } from '../access/visible-time.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import { ObservationStore } from '../ports/observation-store.js';
import { SiteStore } from '../ports/site-store.js';
import { StandbyStore } from '../ports/standby.js';
import { dataQuality, DAY_MS, type DeviceAtBed, type QualityWanted } from './data-quality.js';
import { devicesAt } from './devices-at.js';
import { intervalsOf } from './intervals-of.js';
import { partsOfStay } from './placed-parts.js';

const DAYS_MAX = 31;
const ROWS_MAX = 1_000;
const STANDBY_MAX = 200;
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
const WHAT = `For each day (UTC, event time) and device: of each metric that it brought, how many samples were expected at the interval of the device’s profile, else at its usual one, while the device was at the bed and the patient not away, how many are there, and how many of those are questionable; and the messages that are known to be missing, by reason. A device that brought nothing has a row without metrics. At most ${DAYS_MAX} days and ${ROWS_MAX} rows; \`cut\` says that there are more.`;

@ApiTags('history')
@Controller('api/v1')
export class DataQualityController {
  constructor(
    private readonly stays: StayAccess,
    private readonly relations: CareRelations,
    private readonly assignments: DeviceAssignments,
    private readonly observations: ObservationStore,
    private readonly standby: StandbyStore,
    private readonly site: SiteStore,
    private readonly clock: AppClock,
  ) {}

  @Get('encounters/:encounterId/data-quality')
  @Requires('history.read')
  @Endpoint({
    summary: 'Say how much of what was to be measured of one stay is there, by device and day, and what is missing',
    description: WHAT,
    params: { encounterId: EncounterId },
    query: DataQualityQuery,
    answer: 'DataQuality',
    problems: PROBLEMS,
  })
  async ofStay(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Query() query: unknown,
  ): Promise<DataQuality> {
    const range = this.rangeOf(query);
    const stay = await this.stays.find(context, id, 'history.read');
    const { encounterId, patientId } = stay;
    context.subject(`encounter:${encounterId}`, patientId, `data quality ${range.fromMs}..${range.toMs}`);
    const slots: DeviceAtBed[] = [];
    const away: (Span & Pick<DeviceAtBed, 'bedId'>)[] = [];
    for (const { bedId, fromMs, toMs } of partsOfStay(await this.relations.placesOf(encounterId), stay, range)) {
      slots.push(...(await devicesAt(this.assignments, { bedId }, { fromMs, toMs })));
      const found = await this.standby.during({ encounterIds: [encounterId], bedId, fromMs, toMs, limit: STANDBY_MAX });
      for (const each of found) {
        const end = Math.min(each.endedMs ?? each.toMs, toMs);
        away.push({ bedId, fromMs: Math.max(each.fromMs, fromMs), toMs: end });
      }
    }
    return this.answer(range, { slots, away });
  }

  @Get('devices/:deviceId/data-quality')
  @Requires('device.read')
  @Endpoint({
    summary: 'Say how much of what one device was to measure is there, by bed and day, and what is missing: nothing of a patient',
    description: `${WHAT} Standby of patients is not told here and counts as missing.`,
    params: { deviceId: DeviceId },
    query: DataQualityQuery,
    answer: 'DataQuality',
    problems: PROBLEMS,
  })
  async ofDevice(@Param('deviceId') id: unknown, @Query() query: unknown): Promise<DataQuality> {
    const range = this.rangeOf(query);
    const slots = await devicesAt(this.assignments, { deviceId: parse(DeviceId, id, 'params.deviceId') }, range);
    return this.answer(range, { slots, away: [] });
  }

  private rangeOf(query: unknown): Span {
    const { from, to } = parse(DataQualityQuery, query, 'query');
    if (from >= to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    if (to - from > DAYS_MAX * DAY_MS)
      throw new InvalidRequest([{ path: 'query.to', message: `at most ${DAYS_MAX} days after from` }]);
    return { fromMs: from, toMs: Math.max(from, Math.min(to, Math.floor(this.clock.nowMs()))) };
  }

  private async answer({ fromMs, toMs }: Span, wanted: Omit<QualityWanted, 'intervals'>): Promise<DataQuality> {
    const items: DataQuality['items'] = [];
    let cut = false;
    for await (const row of dataQuality(this.observations, { ...wanted, intervals: await intervalsOf(this.site) })) {
      cut = items.length >= ROWS_MAX;
      if (cut) break;
      items.push(row);
    }
    return { fromMs: fromMs as DataQuality['fromMs'], toMs: toMs as DataQuality['toMs'], items, cut };
  }
}

import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AlarmId,
  type AlarmPath,
  BedId,
  type DeviceFacts,
  DeviceId,
  type Explanation,
  type GapPaths,
  GapQuery,
  type VendorExport,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { HistoryAccess } from '../access/history-access.js';
import { GAPS_MAX, visibleGaps } from '../access/visible-gaps.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { type AlarmRecord, AlarmRecords } from '../ports/alarm-records.js';
import { Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { ObservationStore } from '../ports/observation-store.js';
import { ServerConfig } from '../server-config.js';
import { alarmPath } from './alarm-path.js';
import { AROUND_MS, explanation } from './explanation.js';
import { gapPath } from './gap-path.js';
import { readingsBehind } from './readings-behind.js';
import { vendorExport } from './vendor-export.js';

const ALARM_PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;

@ApiTags('explain')
@Controller('api/v1')
export class ExplainController {
  constructor(
    private readonly records: AlarmRecords,
    private readonly alarms: Alarms,
    private readonly observations: ObservationStore,
    private readonly relations: CareRelations,
    private readonly access: Access,
    private readonly history: HistoryAccess,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Get('alarms/:alarmId/explanation')
  @Requires('alarm.read')
  @Endpoint({
    summary: 'Explain an alarm: its rule, the readings behind it, what was missing, every step and the time at each place',
    description:
      'For people in `lines`, the same as data beside it. Readings are those of the stay that the alarm is about. `runbook` says where docs/runbook.md has a technical alarm.',
    params: { alarmId: AlarmId },
    answer: 'Explanation',
    problems: ALARM_PROBLEMS,
  })
  async explain(@Context() context: RequestContext, @Param('alarmId') id: unknown): Promise<Explanation> {
    const record = await this.recordFor(context, id);
    const alarm = await this.alarms.get(record.steps[0]!.transition.alarmId);
    if (alarm === null) throw new PlatformError('not-found');
    const { readings, gaps } = await readingsBehind(record, { observations: this.observations, relations: this.relations });
    const { runbookUrl } = this.config.settings;
    return explanation({ record, text: alarm.text, readings, gaps, runbookUrl, ...this.times() });
  }

  @Get('alarms/:alarmId/path')
  @Requires('alarm.read')
  @Endpoint({
    summary: 'Show the way of the reading that raised an alarm, and the first place where it was late or lost',
    params: { alarmId: AlarmId },
    answer: 'AlarmPath',
    problems: ALARM_PROBLEMS,
  })
  async path(@Context() context: RequestContext, @Param('alarmId') id: unknown): Promise<AlarmPath> {
    return alarmPath(await this.recordFor(context, id), this.times());
  }

  @Get('alarms/:alarmId/path/export')
  @Requires('path.export')
  @Endpoint({
    summary: 'Take out the way of a reading for the maker of the device: nothing of a patient, a bed or staff',
    params: { alarmId: AlarmId },
    answer: 'VendorExport',
    problems: ALARM_PROBLEMS,
  })
  async exportPath(@Context() context: RequestContext, @Param('alarmId') id: unknown): Promise<VendorExport> {
    const alarmId = parse(AlarmId, id, 'params.alarmId');
    context.subject(`alarm:${alarmId}`);
    const record = await this.records.record(alarmId, 0);
    if (record === null) throw new PlatformError('not-found', { ids: [`alarm:${alarmId}`] });
    const path = alarmPath(record, this.times());
    return vendorExport({ what: 'alarm', paths: [path] }, await this.factsOf([path.trigger?.deviceId ?? null]));
  }

  @Get('beds/:bedId/gaps')
  @Requires('history.read')
  @Endpoint({
    summary: 'Show the messages of a bed that are missing, and the first place that they did not come to',
    description: `Half-open, [from, to), in event time, as far as the history of the bed is open to you: one that reaches beyond is cut. The newest ${GAPS_MAX}, oldest first.`,
    params: { bedId: BedId },
    query: GapQuery,
    answer: 'GapPaths',
    problems: ALARM_PROBLEMS,
  })
  async gaps(@Context() context: RequestContext, @Param('bedId') id: unknown, @Query() query: unknown): Promise<GapPaths> {
    const range = rangeOf(query);
    const { bedId, spans } = await this.history.visible(context, id, range, 'gaps');
    return { bedId, items: (await visibleGaps(this.observations, bedId, spans)).map(gapPath) };
  }

  @Get('beds/:bedId/gaps/export')
  @Requires('path.export')
  @Endpoint({
    summary: 'Take out the missing messages of a bed for the maker of its devices: nothing of a patient, a bed or staff',
    params: { bedId: BedId },
    query: GapQuery,
    answer: 'VendorExport',
    problems: ALARM_PROBLEMS,
  })
  async exportGaps(
    @Context() context: RequestContext,
    @Param('bedId') id: unknown,
    @Query() query: unknown,
  ): Promise<VendorExport> {
    const bedId = parse(BedId, id, 'params.bedId');
    const range = rangeOf(query);
    context.subject(`bed:${bedId}`, null, `gaps ${range.fromMs}..${range.toMs}`);
    if ((await this.relations.careUnitOf(bedId)) === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    const paths = (await this.observations.gaps({ bedId, ...range, limit: GAPS_MAX })).map(gapPath);
    return vendorExport({ what: 'gaps', paths }, await this.factsOf(paths.map(({ deviceId }) => deviceId)));
  }

  /** The record, once it is clear that the caller may see the alarm. */
  private async recordFor(context: RequestContext, id: unknown): Promise<AlarmRecord> {
    const alarmId = parse(AlarmId, id, 'params.alarmId');
    context.subject(`alarm:${alarmId}`);
    const { careUnitIds, patientId } = await this.relations.subjectOf(alarmId);
    if (careUnitIds.length === 0) throw new PlatformError('not-found', { ids: [`alarm:${alarmId}`] });
    context.subject(`alarm:${alarmId}`, patientId);
    await this.access.require(context, 'alarm.read', { careUnitIds, patientId, alarmId });
    const record = await this.records.record(alarmId, AROUND_MS);
    if (record === null) throw new PlatformError('not-found', { ids: [`alarm:${alarmId}`] });
    return record;
  }

  private times(): { readonly isWall: boolean; readonly wallMs: number } {
    return { isWall: this.clock.rate === 1, wallMs: this.clock.wallMs() };
  }

  private async factsOf(deviceIds: readonly (string | null)[]): Promise<(deviceId: string) => DeviceFacts> {
    const facts = new Map<string, DeviceFacts>();
    for (const deviceId of new Set(deviceIds)) {
      if (deviceId !== null) facts.set(deviceId, await this.records.deviceFacts(DeviceId.parse(deviceId)));
    }
    return (deviceId) => facts.get(deviceId) ?? {};
  }
}

function rangeOf(query: unknown): { readonly fromMs: number; readonly toMs: number } {
  const { from, to } = parse(GapQuery, query, 'query');
  if (from >= to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
  return { fromMs: from, toMs: to };
}

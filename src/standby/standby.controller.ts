import { Body, Controller, Delete, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CareUnitId, EncounterId, EpochMs, type Page, SetStandby, type Standby, type StandbyView } from '@vigil/contracts';
import { STANDBY_REMINDER_MS } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import { changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { StandbyStore } from '../ports/standby.js';
import { ServerConfig } from '../server-config.js';

/** A shorter standby (event time) is a slip: it would be over before anybody is back. */
const MS_MIN = 60_000;
/** "In 60 minutes", pressed where 60 is the longest, must not be refused for a few milliseconds. */
const CLOCKS_APART_MS = 10_000;
const PARAMS = { encounterId: EncounterId } as const;
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'] as const;

/** Who is away from the monitor, and until when. It hides that nothing comes, and nothing that is measured. */
@ApiTags('standby')
@Controller('api/v1')
export class StandbyController {
  constructor(
    private readonly store: StandbyStore,
    private readonly stays: StayAccess,
    private readonly relations: CareRelations,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Post('encounters/:encounterId/standby')
  @Requires('standby.set')
  @Endpoint({
    summary: 'Say that a patient is away from the monitor',
    description:
      'It ends by itself: at `toMs` (event time; left out: as late as the site allows), when data come again, and on discharge; a transfer takes it along. `remindMs` says from when on Vigil says that it ends soon.',
    params: PARAMS,
    headers: CREATE_HEADERS,
    body: 'SetStandby',
    answer: 'StandbyView',
    status: 201,
    problems: PROBLEMS,
  })
  async set(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<StandbyView> {
    const { place, note = null, ...wanted } = parse(SetStandby, body, 'body');
    const { encounterId } = await this.stays.find(context, id, 'standby.set');
    const change = changeOf(context, headers, this.clock, `standby: ${place}`);
    const request = { encounterId, place, note, toMs: wanted.toMs, latestMs: this.latestFor(wanted.toMs) };
    const { value, repeated } = await this.store.set(request, change);
    if (repeated) context.commandRepeated();
    return view(value);
  }

  @Delete('encounters/:encounterId/standby')
  @Requires('standby.set')
  @Endpoint({
    summary: 'Say that a patient is back at the monitor',
    params: PARAMS,
    headers: CREATE_HEADERS,
    answer: 'StandbyView',
    status: 200,
    problems: PROBLEMS,
  })
  async end(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers() headers: CommandHeaders,
  ): Promise<StandbyView> {
    const { encounterId } = await this.stays.find(context, id, 'standby.set');
    const { value, repeated } = await this.store.end(encounterId, changeOf(context, headers, this.clock, 'standby ends'));
    if (repeated) context.commandRepeated();
    return view(value);
  }

  @Get('care-units/:careUnitId/standby')
  @Requires('bed.read')
  @Endpoint({
    summary: 'List who of a care unit is away from the monitor now',
    params: { careUnitId: CareUnitId },
    answer: 'StandbyViewList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async inUnit(@Context() context: RequestContext, @Param('careUnitId') id: unknown): Promise<Page<StandbyView>> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    context.subject(`careUnit:${careUnitId}`);
    context.requireScope('bed.read', careUnitId);
    const rows = await this.store.inForce({ careUnitId, nowMs: this.clock.nowMs() });
    const patients = await this.relations.patientsOf(rows.map(({ encounterId }) => encounterId));
    context.subject(`careUnit:${careUnitId}`, patients, `${rows.length} on standby`);
    // What somebody wrote for colleagues is for who has signed in, not for a screen that anybody walks by.
    const isShared = context.caller.user === null;
    return { items: rows.map((row) => view(isShared ? { ...row, note: null } : row)), next: null };
  }

  /** The latest end that the site allows, give or take what a screen's idea of now may be ahead. @throws InvalidRequest for one that it does not */
  private latestFor(wantedMs: number | undefined): number {
    const { standbyMaxMs } = this.config.settings;
    const nowMs = Math.round(this.clock.nowMs());
    const latestMs = nowMs + standbyMaxMs;
    if (wantedMs === undefined || (wantedMs >= nowMs + MS_MIN && wantedMs <= latestMs + CLOCKS_APART_MS)) return latestMs;
    const minutes = Math.round(standbyMaxMs / 60_000);
    throw new InvalidRequest([{ path: 'body.toMs', message: `event time, from a minute to ${minutes} minutes from now` }]);
  }
}

const view = (standby: Standby): StandbyView => ({
  ...standby,
  remindMs: EpochMs.parse(Math.max(standby.fromMs, standby.toMs - STANDBY_REMINDER_MS)),
});

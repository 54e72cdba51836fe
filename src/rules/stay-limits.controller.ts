import { Body, Controller, Delete, Get, Headers, Param, Put, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CareUnitId,
  EncounterId,
  type Encounter,
  EpochMs,
  MetricName,
  type Page,
  SetStayLimits,
  SetStayProfile,
  STAY_LIMITS_MS_MAX,
  type StayLimits,
  type StayProfile,
  type UnitLimitsRow,
} from '@vigil/contracts';
import { bandProblems, isWider, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey, IF_MATCH_FORM, ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { StayLimitStore } from '../ports/stay-limits.js';
import { LimitPicture } from './limit-picture.js';

/** Limits of a shorter time (event time) are a slip: they would be over before anybody has looked at them. */
const MS_MIN = 60_000;
const PARAMS = { encounterId: EncounterId, metric: MetricName } as const;
type CommandHeaders = Record<string, string | undefined>;
export const COMMAND_HEADERS = {
  'If-Match': { required: true, meaning: 'The revision that the person saw, as `"<rev>"`.', form: IF_MATCH_FORM },
  'Idempotency-Key': {
    required: true,
    meaning: 'A UUID. The same key sent again does nothing and gives the same answer.',
    form: IDEMPOTENCY_KEY_FORM,
  },
} as const;
const COMMAND_PROBLEMS = [
  ...(['unauthenticated', 'forbidden', 'not-found', 'conflict', 'revision-moved', 'precondition-required'] as const),
  'store-unavailable',
] as const;

/** Limits and profile of one stay, and what differs from the unit's limits in a care unit. */
@ApiTags('limits')
@Controller('api/v1')
export class StayLimitsController {
  constructor(
    private readonly store: StayLimitStore,
    private readonly relations: CareRelations,
    private readonly picture: LimitPicture,
    private readonly access: Access,
    private readonly stays: StayAccess,
    private readonly clock: AppClock,
  ) {}

  @Get('encounters/:encounterId/limits')
  @Requires('encounter.limits.read')
  @Endpoint({
    summary: 'Show the limits of a stay: those of the unit, and what somebody has set until when',
    params: { encounterId: EncounterId },
    answer: 'StayLimitsList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Param('encounterId') id: unknown): Promise<Page<StayLimits>> {
    const stay = await this.stays.find(context, id, 'encounter.limits.read');
    return { items: await this.picture.of(stay, this.clock.nowMs()), next: null };
  }

  @Put('encounters/:encounterId/limits/:metric')
  @Requires('encounter.limits.set')
  @Endpoint({
    summary: 'Set the limits of one metric for this stay, until a time at which those of the unit hold again',
    description:
      'At most 72 h. Wider than those of the unit takes a physician who treats the patient there. If-Match names the `rev` of the metric in the list, "0" where nobody has set any.',
    params: PARAMS,
    headers: COMMAND_HEADERS,
    body: 'SetStayLimits',
    answer: 'StayLimits',
    problems: [...COMMAND_PROBLEMS, 'physician-required'],
  })
  async set(
    @Context() context: RequestContext,
    @Param() params: { readonly encounterId: unknown; readonly metric: unknown },
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StayLimits> {
    const metric = parse(MetricName, params.metric, 'params.metric');
    const wanted = parse(SetStayLimits, body, 'body');
    const stay = await this.stays.find(context, params.encounterId, 'encounter.limits.set');
    const nowMs = this.clock.nowMs();
    const untilMax = nowMs + STAY_LIMITS_MS_MAX;
    if (wanted.toMs > untilMax || wanted.toMs < nowMs + MS_MIN) {
      throw new InvalidRequest([{ path: 'body.toMs', message: 'event time, from a minute to 72 hours from now' }]);
    }
    const unit = await this.picture.unit(stay, metric, nowMs);
    const problems = bandProblems(metric, wanted, unit);
    if (problems.length > 0) {
      throw new InvalidRequest(
        problems.map(({ side, message }) => ({ path: side === 'both' ? 'body' : `body.${side}`, message })),
      );
    }
    if (isWider(wanted, unit!)) await this.requirePhysician(context, stay);
    return this.carryOut(context, { stay, metric, headers, wanted, verb: isWider(wanted, unit!) ? 'wider' : 'set' }, reply);
  }

  @Delete('encounters/:encounterId/limits/:metric')
  @Requires('encounter.limits.set')
  @Endpoint({
    summary: 'Go back to the limits of the unit',
    params: PARAMS,
    headers: COMMAND_HEADERS,
    answer: 'StayLimits',
    problems: COMMAND_PROBLEMS,
    status: 200,
  })
  async clear(
    @Context() context: RequestContext,
    @Param() params: { readonly encounterId: unknown; readonly metric: unknown },
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StayLimits> {
    const metric = parse(MetricName, params.metric, 'params.metric');
    const stay = await this.stays.find(context, params.encounterId, 'encounter.limits.set');
    const wanted = {
      low: null,
      high: null,
      reason: 'back to the limits of the unit',
      toMs: EpochMs.parse(Math.round(this.clock.nowMs())),
    };
    return this.carryOut(context, { stay, metric, headers, wanted, verb: 'back to the unit' }, reply);
  }

  @Get('care-units/:careUnitId/limits')
  @Requires('encounter.limits.read')
  @Endpoint({
    summary: 'List every limit in a care unit that is not the unit’s now, in the order of its beds',
    params: { careUnitId: CareUnitId },
    answer: 'UnitLimitsList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async inUnit(@Context() context: RequestContext, @Param('careUnitId') id: unknown): Promise<Page<UnitLimitsRow>> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    context.subject(`careUnit:${careUnitId}`);
    context.requireScope('encounter.limits.read', careUnitId);
    const { rows, patients } = await this.picture.inUnit(careUnitId, this.clock.nowMs());
    context.subject(`careUnit:${careUnitId}`, patients, `${rows.length} limits`);
    return { items: rows, next: null };
  }

  @Get('encounters/:encounterId/profile')
  @Requires('encounter.limits.read')
  @Endpoint({
    summary: 'Show which age group’s rules hold for this stay, and the revision that a change names',
    params: { encounterId: EncounterId },
    answer: 'StayProfile',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async profileNow(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StayProfile> {
    const { encounterId } = await this.stays.find(context, id, 'encounter.limits.read');
    const profile = await this.store.profile(encounterId);
    if (profile === null) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
    void reply.header('etag', `"${profile.rev}"`);
    return profile;
  }

  @Put('encounters/:encounterId/profile')
  @Requires('encounter.profile.set')
  @Endpoint({
    summary: 'Say which age group’s rules hold for this stay',
    description: 'An admission takes it from the birth date. If-Match names the revision, "0" before anybody has set it.',
    params: { encounterId: EncounterId },
    headers: COMMAND_HEADERS,
    body: 'SetStayProfile',
    answer: 'StayProfile',
    problems: COMMAND_PROBLEMS,
  })
  async profile(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StayProfile> {
    const { ageGroup } = parse(SetStayProfile, body, 'body');
    const stay = await this.stays.find(context, id, 'encounter.profile.set');
    const command = this.command(context, stay, headers, `age group ${ageGroup}`);
    const { value, repeated } = await this.store.setProfile({ ...command, ageGroup });
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }

  private async carryOut(
    context: RequestContext,
    facts: {
      readonly stay: Encounter;
      readonly metric: MetricName;
      readonly headers: CommandHeaders;
      readonly wanted: SetStayLimits;
      readonly verb: string;
    },
    reply: FastifyReply,
  ): Promise<StayLimits> {
    const { stay, metric, headers, wanted, verb } = facts;
    const command = this.command(context, stay, headers, `${metric}: ${verb}`);
    const { value, repeated } = await this.store.set({ ...command, ...wanted, metric });
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    const unit = await this.picture.unit(stay, metric, command.nowMs);
    return this.picture.line(metric, unit, value, command.nowMs);
  }

  private command(context: RequestContext, { encounterId }: Encounter, headers: CommandHeaders, detail: string) {
    const { staffId } = context.person;
    const commandId = idempotencyKey(headers['idempotency-key']);
    const ifRev = ifMatch(headers['if-match'], 'signal');
    const audit = context.commandEntry(`${detail}, command:${commandId}`);
    return { commandId, encounterId, by: staffId, ifRev, audit, nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
  }

  private async requirePhysician(context: RequestContext, { bedId, patientId }: Encounter): Promise<void> {
    const careUnitId = await this.relations.careUnitOf(bedId);
    const careUnitIds = careUnitId === null ? [] : [careUnitId];
    const { allowed } = await this.access.decide(context.caller, 'encounter.limits.widen', { careUnitIds, patientId });
    if (!allowed) throw new PlatformError('physician-required');
  }
}

import { Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AlarmId, AlarmQuery, type AlarmView, type BedId, type CommandResult, type Page } from '@vigil/contracts';
import { type Action, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { within } from '../access/caller.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { alarmETag, IDEMPOTENCY_KEY_FORM, idempotencyKey, IF_MATCH_FORM, ifMatch } from '../http/revision.js';
import { Presses } from '../http/presses.js';
import { type AlarmCommand, type AlarmFilter, Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';

const COMMAND_HEADERS = {
  'If-Match': {
    required: true,
    meaning: 'The revision that the person saw: `"<rev>"`, or the ETag of the alarm.',
    form: IF_MATCH_FORM,
  },
  'Idempotency-Key': {
    required: true,
    meaning: 'A UUID. The same key sent again does nothing and gives the same answer.',
    form: IDEMPOTENCY_KEY_FORM,
  },
} as const;
const COMMAND_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'revision-moved',
  'precondition-required',
  'impossible-rate',
  'store-unavailable',
] as const;

@ApiTags('alarms')
@Controller('api/v1/alarms')
export class AlarmsController {
  constructor(
    private readonly alarms: Alarms,
    private readonly relations: CareRelations,
    private readonly access: Access,
    private readonly presses: Presses,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('alarm.read')
  @Endpoint({
    summary: 'List alarms of the care units that you work in, newest onset first',
    description: 'With `bed`, also of a patient elsewhere whom you treat or whose record you opened in an emergency.',
    query: AlarmQuery,
    answer: 'AlarmList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<AlarmView>> {
    const { since, ...filter } = parse(AlarmQuery, query, 'query');
    const { caller } = context;
    const object = filter.bed === undefined ? 'alarms' : `bed:${filter.bed}`;
    context.subject(object);
    const own = caller.careUnitIds.map((careUnitId) => ({ careUnitId }));
    const careUnitIds = within(caller, 'alarm.read', own).map((unit) => unit.careUnitId);
    const stay = filter.bed === undefined ? undefined : await this.stayIn(context, filter.bed);
    const page = await this.alarms.list({ ...filter, sinceMs: since, careUnitIds, stay });
    const stays = [...new Set(page.items.flatMap((alarm) => alarm.encounterId ?? []))];
    const detail = `${page.items.length} alarms of ${careUnitIds.join(' ')}`;
    context.subject(object, await this.relations.patientsOf(stays), detail);
    return page;
  }

  @Get(':alarmId')
  @Requires('alarm.read')
  @Endpoint({
    summary: 'Show one alarm; its ETag is what commands take as If-Match',
    params: { alarmId: AlarmId },
    answer: 'Alarm',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AlarmView> {
    const alarmId = await this.inScope(context, id, 'alarm.read');
    const alarm = await this.alarms.get(alarmId);
    if (alarm === null) throw new PlatformError('not-found', { ids: [`alarm:${alarmId}`] });
    void reply.header('etag', alarmETag(alarm));
    return alarm;
  }

  @Post(':alarmId/accept')
  @Requires('alarm.accept')
  @Endpoint({
    summary: 'Accept: "I am going". Stops the escalation',
    description: 'If-Match names the revision of the escalation. Works while the log is away.',
    params: { alarmId: AlarmId },
    headers: COMMAND_HEADERS,
    answer: 'CommandResult',
    problems: COMMAND_PROBLEMS,
  })
  async accept(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Headers() headers: Record<string, string | undefined>,
  ): Promise<CommandResult> {
    return this.carryOut(context, id, headers, 'accept');
  }

  @Post(':alarmId/acknowledge')
  @Requires('alarm.acknowledge')
  @Endpoint({
    summary: 'Acknowledge: seen, sound off. Never stops an escalation',
    description:
      'If-Match names the revision of the signal. The answer says `acknowledgePending` until the engine has echoed it.',
    params: { alarmId: AlarmId },
    headers: COMMAND_HEADERS,
    answer: 'CommandResult',
    problems: COMMAND_PROBLEMS,
  })
  async acknowledge(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Headers() headers: Record<string, string | undefined>,
  ): Promise<CommandResult> {
    return this.carryOut(context, id, headers, 'acknowledge');
  }

  /** The stay in a bed that the caller may look at although it is not in a care unit of theirs; its alarms are then shown too. */
  private async stayIn(context: RequestContext, bedId: BedId): Promise<AlarmFilter['stay']> {
    const nowMs = this.clock.nowMs();
    const careUnitId = await this.relations.careUnitOf(bedId);
    const open = (await this.relations.staysIn(bedId, nowMs, Number.MAX_SAFE_INTEGER)).find((stay) => stay.dischargedMs === null);
    if (careUnitId === null || open === undefined) return undefined;
    const { patientId, admittedMs } = open;
    const { allowed, grantId } = await this.access.decide(context.caller, 'alarm.read', { careUnitIds: [careUnitId], patientId });
    if (allowed && grantId !== null) context.actUnder(grantId);
    return allowed ? { bedId, sinceMs: admittedMs } : undefined;
  }

  private async carryOut(
    context: RequestContext,
    id: unknown,
    headers: Record<string, string | undefined>,
    verb: 'accept' | 'acknowledge',
  ): Promise<CommandResult> {
    const { staffId } = context.person;
    const commandId = idempotencyKey(headers['idempotency-key']);
    const ifRev = ifMatch(headers['if-match'], verb === 'accept' ? 'escalation' : 'signal');
    const alarmId = await this.inScope(context, id, `alarm.${verb}`);
    this.presses.require(context, { kind: verb, subject: alarmId, commandId });
    const command: AlarmCommand = {
      commandId,
      alarmId,
      by: staffId,
      ifRev,
      audit: context.commandEntry(`command:${commandId}`),
      nowMs: this.clock.nowMs(),
      wallMs: this.clock.wallMs(),
    };
    const outcome = verb === 'accept' ? await this.alarms.accept(command) : await this.alarms.acknowledge(command);
    if (outcome.repeated) context.commandRepeated();
    return outcome;
  }

  /** @throws PlatformError('not-found') for an alarm that is not there, or not in the caller's care units */
  private async inScope(context: RequestContext, id: unknown, action: Action): Promise<AlarmId> {
    const alarmId = parse(AlarmId, id, 'params.alarmId');
    context.subject(`alarm:${alarmId}`);
    const { careUnitIds, patientId } = await this.relations.subjectOf(alarmId);
    if (careUnitIds.length === 0) throw new PlatformError('not-found', { ids: [`alarm:${alarmId}`] });
    context.subject(`alarm:${alarmId}`, patientId);
    await this.access.require(context, action, { careUnitIds, patientId, alarmId });
    return alarmId;
  }
}

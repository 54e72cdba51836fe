import { Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AlarmId, AlarmQuery, type AlarmView, type CommandResult, type Page } from '@vigil/contracts';
import { type Action, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { within } from '../access/caller.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { alarmETag, idempotencyKey, ifMatch } from '../http/revision.js';
import { type AlarmCommand, Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';

const COMMAND_HEADERS = {
  'If-Match': { required: true, meaning: 'The revision that the person saw: `"<rev>"`, or the ETag of the alarm.' },
  'Idempotency-Key': { required: true, meaning: 'A UUID. The same key sent again does nothing and gives the same answer.' },
} as const;
const COMMAND_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'revision-moved',
  'precondition-required',
  'store-unavailable',
] as const;

@ApiTags('alarms')
@Controller('api/v1/alarms')
export class AlarmsController {
  constructor(
    private readonly alarms: Alarms,
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('alarm.read')
  @Endpoint({
    summary: 'List alarms of the care units that you work in, newest change first',
    query: AlarmQuery,
    answer: 'AlarmList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<AlarmView>> {
    const { since, ...filter } = parse(AlarmQuery, query, 'query');
    const units = within(context.caller, 'alarm.read', await this.directory.careUnits());
    const careUnitIds = units.map((unit) => unit.careUnitId);
    context.subject(filter.bed === undefined ? 'alarms' : `bed:${filter.bed}`);
    const page = await this.alarms.list({ ...filter, sinceMs: since, careUnitIds });
    context.subject(
      filter.bed === undefined ? 'alarms' : `bed:${filter.bed}`,
      null,
      `${page.items.length} alarms of ${careUnitIds.join(' ')}`,
    );
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
    const careUnitIds = await this.directory.careUnitsOfAlarm(alarmId);
    if (careUnitIds.length === 0) throw new PlatformError('not-found', { ids: [`alarm:${alarmId}`] });
    context.requireScopeInOneOf(action, careUnitIds);
    return alarmId;
  }
}

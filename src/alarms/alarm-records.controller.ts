import { Body, Controller, Delete, Get, Headers, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AlarmId, type AlarmLabel, type AlarmReadings, type CommandResult, LabelAlarm } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { NoSnapshot } from '../http/no-snapshot.js';
import { idempotencyKey } from '../http/revision.js';
import { AlarmLabels } from '../ports/alarm-labels.js';
import { AlarmSnapshots } from '../ports/alarm-snapshots.js';
import { AppClock } from '../ports/app-clock.js';
import { AlarmAccess } from './alarm-access.js';

const READ_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'record-tampered',
  'keys-unavailable',
  'store-unavailable',
] as const;
const LABEL_PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'] as const;

/** What is kept with an alarm: the readings around it, and what people say that it was worth. */
@ApiTags('alarms')
@Controller('api/v1/alarms/:alarmId')
export class AlarmRecordsController {
  constructor(
    private readonly snapshots: AlarmSnapshots,
    private readonly labels: AlarmLabels,
    private readonly alarms: AlarmAccess,
    private readonly clock: AppClock,
  ) {}

  @Get('snapshot')
  @Requires('alarm.read')
  @Endpoint({
    summary: 'Show the readings of the bed from 60 s before the onset of an alarm to 30 s after it',
    description:
      'As history had them, kept with the alarm. 404 also where the alarm is of no bed, and in the first half minute, before they are taken: `detail` says which.',
    params: { alarmId: AlarmId },
    answer: 'AlarmReadings',
    problems: READ_PROBLEMS,
  })
  async snapshot(@Context() context: RequestContext, @Param('alarmId') id: unknown): Promise<AlarmReadings> {
    const alarmId = await this.alarms.inScope(context, id, 'alarm.read');
    const found = await this.snapshots.of(alarmId);
    if (typeof found === 'string') throw new NoSnapshot(found, alarmId);
    return found;
  }

  @Put('label')
  @Requires('alarm.label')
  @Endpoint({
    summary: 'Say what an alarm was worth: somebody was needed, it was true and needed nobody, or it was none',
    description: 'At any time. The newest word counts, whoever said it; each is kept.',
    params: { alarmId: AlarmId },
    headers: CREATE_HEADERS,
    body: 'LabelAlarm',
    answer: 'CommandResult',
    problems: LABEL_PROBLEMS,
  })
  async label(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<CommandResult> {
    return this.say(context, id, headers, parse(LabelAlarm, body, 'body').label);
  }

  @Delete('label')
  @Requires('alarm.label')
  @Endpoint({
    summary: 'Take back what was said of an alarm',
    params: { alarmId: AlarmId },
    headers: CREATE_HEADERS,
    answer: 'CommandResult',
    problems: LABEL_PROBLEMS,
    status: 200,
  })
  async clear(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Headers() headers: CommandHeaders,
  ): Promise<CommandResult> {
    return this.say(context, id, headers, null);
  }

  private async say(
    context: RequestContext,
    id: unknown,
    headers: CommandHeaders,
    label: AlarmLabel | null,
  ): Promise<CommandResult> {
    const { staffId } = context.person;
    const commandId = idempotencyKey(headers['idempotency-key']);
    const alarmId = await this.alarms.inScope(context, id, 'alarm.label');
    const audit = context.commandEntry(`${label ?? 'taken back'}, command:${commandId}`);
    const times = { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const { alarm, repeated } = await this.labels.set({ commandId, alarmId, label, by: staffId, audit, ...times });
    if (repeated) context.commandRepeated();
    return { alarm, repeated };
  }
}
